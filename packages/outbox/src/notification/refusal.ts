/**
 * What a refusal of the server means. `restricted` (463): the account may not write to people who never wrote to it, or
 * lacks a token for this one. `stale` (479): the list of devices, or the addresses in it, is not what the server has. Neither
 * is tried again blindly: the first makes a restriction worse. `busy`: the same message may be taken later. `final`: never.
 */
export type RefusalKind = "restricted" | "stale" | "busy" | "final";

/** Refusals that are followed by one further attempt. */
export type Pardon = Extract<RefusalKind, "restricted" | "stale">;

const KINDS: ReadonlyMap<string, RefusalKind> = new Map([
  ["463", "restricted"],
  ["479", "stale"],
  ["408", "busy"],
  ["420", "busy"],
  ["429", "busy"],
]);

/** What a code means; those of the server's own troubles (5xx) pass, others that nobody knows do not. */
export const classifyRefusal = (code: string): RefusalKind =>
  KINDS.get(code) ?? (/^5\d\d$/.test(code) ? "busy" : "final");

/** Whether it says that the account may not write to strangers at present, whatever message it was about. */
export const isRestriction = (code: string): boolean => classifyRefusal(code) === "restricted";

const WORDS: Record<Pardon, string> = {
  restricted: "the account is restricted, or may not write to this person",
  stale: "it does not know the devices that the message is for",
};

/** For a person who wants to know why. */
export const describeRefusal = (code: string): string => {
  const kind = classifyRefusal(code);
  const reason = kind === "restricted" || kind === "stale" ? `: ${WORDS[kind]}` : "";
  return `WhatsApp refused it with ${code}${reason}.`;
};
