/** What is under way, and totals since the process started; the body of `outbox.counted`. */
export interface SendCounts {
  readonly pending: number;
  readonly retrying: number;
  readonly dead: number;
  readonly delivered: number;
}

/** One message's way through the counts. */
export interface Tallied {
  retrying(): void;
  ended(as: "delivered" | "dead"): void;
}

export interface SendTally {
  readonly counts: SendCounts;
  /** A message begins to wait. */
  begin(): Tallied;
}

/** @param onChange called after each change */
export const createSendTally = (onChange: () => void): SendTally => {
  const counts = { pending: 0, retrying: 0, dead: 0, delivered: 0 };
  const move = (from: keyof SendCounts | undefined, to: keyof SendCounts): void => {
    if (from === to) return;
    if (from !== undefined) counts[from] -= 1;
    counts[to] += 1;
    onChange();
  };
  return {
    get counts() {
      return { ...counts };
    },
    begin() {
      let stage: keyof SendCounts = "pending";
      move(undefined, stage);
      const enter = (next: keyof SendCounts): void => {
        move(stage, next);
        stage = next;
      };
      return { retrying: () => enter("retrying"), ended: enter };
    },
  };
};
