const LOOK_AGAIN_MS = 20;

/** Asks until there is an answer other than `undefined` or `false`; fails with `what` after the deadline. */
export const eventually = async <T>(
  what: string,
  probe: () => T | undefined | false,
  deadlineMs = 15_000,
): Promise<T> => {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const answer = probe();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > until) throw new Error(`Within ${String(deadlineMs)} ms it did not happen that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
};
