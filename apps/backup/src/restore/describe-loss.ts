import type { SnapshotDescription } from "@blacksky/postgres";

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

const describeAge = (ms: number): string => {
  const [name, size] = UNITS.find(([, unit]) => ms >= unit) ?? ["second", 1_000];
  const amount = Math.max(0, Math.floor(ms / size));
  return `${amount} ${name}${amount === 1 ? "" : "s"}`;
};

/** How much older a snapshot is than what is here, and what it means to restore it. */
export const describeLoss = (
  { id, position, createdAt }: Pick<SnapshotDescription, "id" | "position" | "createdAt">,
  present: number,
  nowMs: number,
): string => {
  const distance =
    present > position
      ? `${present - position} changes older than the session here (position ${position}, here ${present})`
      : `not of the session as it is here (position ${position}, here ${present})`;
  return (
    `Snapshot ${id} was taken ${describeAge(nowMs - createdAt)} ago and is ${distance}. What changed since is lost: ` +
    "the bot begins new encryption with the chats that went on, and a pairing made since is undone."
  );
};
