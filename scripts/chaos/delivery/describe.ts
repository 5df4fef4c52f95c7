import type { DeliveryChaosFigures } from "../delivery.ts";
import type { Failing, Tally } from "./tally.ts";

const FAILING_SHOWN = 12;

const column = (value: number | string): string => String(value).padStart(12);

const line = (name: string, { asked, lost, unanswered, twice }: Tally): string =>
  `  ${name.padEnd(34)}${[asked, lost, unanswered, twice].map(column).join("")}`;

const WORDS: Readonly<Record<string, string>> = {
  kill: "kill -9 of the bot",
  "kill-draining": "kill -9 while a backlog drains",
  drop: "TCP drop",
  "bad-line": "acks, receipts, bits lost",
  term: "SIGTERM, disk wiped",
  machine: "kill -9 of everything, disk wiped",
};

const describeFailing = ({ question, what, entry }: Failing): string => {
  const { receipts, nacks, delivered, retried } = entry;
  const facts = JSON.stringify({ receipts, nacks, delivered, retried });
  return `  ${what}: ${question.fault}, message ${question.id}, ${facts}`;
};

/** A table of what was asked and what became of it, and where to look first. */
export const describeDelivery = (figures: DeliveryChaosFigures): string => {
  const { sum, byFault, failing, kills, drops, cycles, machines, gaveUp } = figures;
  const head = `  ${"".padEnd(34)}${["asked", "lost", "unanswered", "seen twice"].map(column).join("")}`;
  const rows = [...byFault].map(([fault, tally]) => line(WORDS[fault] ?? fault, tally));
  const strokes = [
    `${String(kills)} kills of the bot`,
    `${String(drops)} drops`,
    `${String(cycles)} cycles`,
    `${String(machines)} machines vanished`,
    `${String(gaveUp)} trees gave up and were started again`,
  ];
  const rest = `${String(figures.pairings)} pairing, ${String(figures.retryReceipts)} retry receipts`;
  const shown = failing.slice(0, FAILING_SHOWN).map(describeFailing);
  return ["", head, ...rows, line("all", sum), `  ${strokes.join(", ")}; ${rest}`, ...shown].join("\n");
};

/** True when everybody has seen one answer to each question. */
export const isDelivered = ({ sum, pairings, maxConcurrentSockets }: DeliveryChaosFigures): boolean =>
  sum.lost === 0 && sum.unanswered === 0 && sum.twice === 0 && pairings === 1 && maxConcurrentSockets === 1;
