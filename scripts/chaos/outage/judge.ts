import { pick, seededRandom } from "@blacksky/machine";
import type { OutageFigures, OutageRound, Victim } from "../outage.ts";
import { OUTAGE_KINDS, OUTAGES } from "./kinds.ts";

const SHORT_MS = 6_000;
const VICTIMS: readonly Victim[] = ["nobody", "nobody", "bot", "backup", "tree"];

// On a machine that others use too an answer's time jitters; that of a send which waited for PostgreSQL would be seconds.
const SLOWER_BY = 1.5;
const SLOWER_BY_MS = 1_000;
/** What the backup worker may grow by, whatever waits on the disk. */
const GROWTH_MB = 48;

/** Each kind in turn, in an order that the dice decide, with somebody to be killed in the middle of most. */
export const dealOutages = (count: number, seed: number, minutes: number | undefined): OutageRound[] => {
  const random = seededRandom(seed);
  const dealt: OutageRound[] = [];
  while (dealt.length < count) {
    const left = [...OUTAGE_KINDS];
    while (left.length > 0) {
      const [kind] = left.splice(left.indexOf(pick(random, left)), 1);
      if (kind === undefined) break;
      const victim = minutes === undefined ? pick(random, VICTIMS) : "nobody";
      dealt.push({ kind, victim, lastsMs: (minutes ?? 0) * 60_000 || SHORT_MS });
    }
  }
  return dealt.slice(0, count);
};

/** What is not as promised, in words, apart from times: where tests run, other things delay the answers too. */
export const findLosses = (figures: OutageFigures): string[] => {
  const { victim, backupMb } = figures;
  const expectedLogins = victim === "bot" || victim === "tree" ? 1 : 0;
  const expectedRestarts = victim === "bot" || victim === "backup" ? 1 : 0;
  const checks: [boolean, string][] = [
    // A bot that is killed in the moment in which it answers takes the question with it.
    [figures.unanswered === 0 || victim === "bot", `${figures.unanswered} questions were not answered`],
    [figures.logins === expectedLogins, `${figures.logins} new connections to WhatsApp`],
    [figures.retryReceipts === 0 || victim === "bot", `${figures.retryReceipts} retry receipts`],
    [figures.restarts === expectedRestarts, `${figures.restarts} restarts`],
    [figures.leaseKept, "the lease was lost"],
    [figures.equal, "replica and store differ"],
    [backupMb.peak - backupMb.first <= GROWTH_MB, "the backup worker grew"],
  ];
  return checks.flatMap(([isGood, words]) => (isGood ? [] : [words]));
};

/** What is not as promised, in words. */
export const findFaults = (figures: OutageFigures): string[] => {
  const { medianBeforeMs, medianDuringMs } = figures;
  const isSlower = medianDuringMs > medianBeforeMs * SLOWER_BY + SLOWER_BY_MS;
  return [...findLosses(figures), ...(isSlower ? ["answers were slower"] : [])];
};

/** One outage in a line. */
export const describeOutage = (figures: OutageFigures): string => {
  const { kind, victim, asked, medianBeforeMs, medianDuringMs, backupMb, shownMs, caughtUpMs } = figures;
  const struck = victim === "nobody" ? "" : `, ${victim} struck`;
  const times = `${medianBeforeMs.toFixed(0)} → ${medianDuringMs.toFixed(0)} ms`;
  const parts = [
    `shown after ${shownMs.toFixed(0)} ms`,
    `${asked} questions, ${figures.unanswered} unanswered`,
    `median ${times} (× ${(medianDuringMs / medianBeforeMs).toFixed(2)}), slowest ${figures.slowestDuringMs.toFixed(0)} ms`,
    `${figures.waited} changes waited, caught up after ${caughtUpMs.toFixed(0)} ms`,
    `backup worker ${backupMb.first.toFixed(0)} → ${backupMb.peak.toFixed(0)} MB`,
  ];
  const faults = findFaults(figures);
  const verdict = faults.length === 0 ? "" : `; NOT as promised: ${faults.join(", ")}`;
  return `${OUTAGES[kind].words}${struck}, ${(figures.lastsMs / 1000).toFixed(0)} s: ${parts.join("; ")}${verdict}`;
};
