import type { Channel } from "@blacksky/ipc";
import { records, session } from "@blacksky/protocol";

import type { ActiveSession } from "./active-session.ts";
import { notReadyError } from "./endings.ts";
import { answerSnapshotRequests } from "./snapshot-desk.ts";

/**
 * Answers what the others ask about the session.
 *
 * @param read the session that is open now; requests that need one are refused with `backup.notReady` without it
 */
export const answerSessionRequests = (channel: Channel, read: () => ActiveSession | undefined): void => {
  const active = (): ActiveSession => {
    const found = read();
    if (found === undefined) throw notReadyError();
    return found;
  };
  channel.on(session.changed, () => read()?.look());
  channel.on(session.rivalMet, () => read()?.rivalMet());
  channel.handle(session.flush, async ({ deadlineMs }) => ({ position: await active().flush(deadlineMs) }));
  channel.handle(session.rekey, async ({ deadlineMs }) => {
    const { unreadable, ...counts } = await active().rekey(deadlineMs);
    return { ...counts, unreadable: [...unreadable] };
  });
  channel.handle(session.confirmLease, async () => {
    await read()?.confirm();
    return {};
  });
  channel.handle(records.measure, async () => ({ kinds: [...(await active().recordSizes.read())] }));
  answerSnapshotRequests(channel, () => read()?.desk);
};
