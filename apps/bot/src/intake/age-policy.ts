/** A command that waited longer at the server is no longer what its author wants: answered, not run. */
const MAX_AGE_MS = 15 * 60_000;

/**
 * True for a command from the backlog that is too old to run. Live messages are never too old, whatever this
 * machine's clock says.
 */
export const isTooOld = (message: { readonly backlog: boolean; readonly sentAt: number }, now: number): boolean =>
  message.backlog && now - message.sentAt > MAX_AGE_MS;
