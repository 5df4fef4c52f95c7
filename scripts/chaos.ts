// `pnpm chaos session | lease | outage | connection | delivery | notifications | memory [--rounds N] [--seed S]`: breaks the whole product
// at random, and counts what that costs. `--count N` is for notifications, `--minutes M` lets each outage, or the leak of `memory`, last so long. `connection` breaks the connection alone, in virtual time.
import { parseArgs } from "node:util";
import { runConnectionChaos } from "./chaos/connection.ts";
import { runDeliveryChaos } from "./chaos/delivery.ts";
import { describeDelivery, isDelivered } from "./chaos/delivery/describe.ts";
import { describeLeast, describeSpread } from "./chaos/figures.ts";
import { runLeaseChaos, type LeaseChaosFigures } from "./chaos/lease.ts";
import { runMemoryChaos } from "./chaos/memory.ts";
import { describeMemory, isWithinQuota } from "./chaos/memory/describe.ts";
import { describeNotifications, isNotified, runNotificationChaos } from "./chaos/notifications.ts";
import { runOutageChaos } from "./chaos/outage.ts";
import { dealOutages, describeOutage, findFaults } from "./chaos/outage/judge.ts";
import { runSessionChaos, type Ending, type SessionChaosFigures } from "./chaos/session.ts";

const print = (line: string): void => console.log(line);

/** Prints the figures of one ending; true when they are what is promised. */
const judgeSession = (ending: Ending, figures: SessionChaosFigures): boolean => {
  const { undecryptable, pairings, retryReceipts, asked, leftToNext, unanswered, lostChanges, lostAgesMs } = figures;
  const stay = undecryptable.byPeople.length + undecryptable.byBot.length;
  print(`\n${ending === "kill" ? "kill -9 of everything" : "SIGTERM"}, ${lostChanges.length} rounds`);
  print(`  pairings                ${pairings}`);
  print(`  retry receipts          ${retryReceipts} (${undecryptable.atFirst} messages unreadable at first)`);
  print(`  stay unreadable         ${stay}`);
  print(`  questions               ${asked}, left to the next tree ${leftToNext}, never answered ${unanswered}`);
  print(`  changes not replicated  ${describeSpread(lostChanges, "changes")}`);
  print(`  age of the oldest       ${describeSpread(lostAgesMs, "ms")}`);
  const kept = pairings === 1 && stay === 0 && Math.max(0, ...lostAgesMs) <= 500;
  if (ending === "kill") return kept;
  return kept && retryReceipts === 0 && unanswered === 0 && lostChanges.every((lost) => lost === 0);
};

const session = async (rounds: number, seed: number): Promise<boolean> => {
  let good = true;
  for (const ending of ["kill", "term"] as const) {
    const figures = await runSessionChaos({ rounds, seed, ending, report: print });
    good = judgeSession(ending, figures) && good;
  }
  return good;
};

const LEASE_TTL_MS = 4_000;

/** Prints the figures of some runners; true when they are what is promised. */
const judgeLease = (runners: number, figures: LeaseChaosFigures): boolean => {
  const { takeOverMs, overlaps, writtenTooLate, staleWrites, pairings, retryReceipts } = figures;
  print(`\n${runners} runners, a lease of ${LEASE_TTL_MS} ms; until another is open`);
  for (const [how, times] of Object.entries(takeOverMs)) print(`  ${how.padEnd(22)}  ${describeSpread(times, "ms")}`);
  print(`  term, from the release  ${describeSpread(figures.afterReleaseMs, "ms")}`);
  print(`  cut: socket gone before the lease ended by ${describeLeast(figures.goneBeforeEndMs, "ms")}`);
  print(`  two sockets at once     ${overlaps}, and ${figures.replacedWhileStopped} stopped holders replaced`);
  print(`  sent by a former holder ${writtenTooLate} stanzas`);
  print(`  stale writes            ${staleWrites}; pairings ${pairings}; retry receipts ${retryReceipts}`);
  return overlaps === 0 && writtenTooLate === 0 && staleWrites === 0 && pairings === 1;
};

const lease = async (rounds: number, seed: number): Promise<boolean> => {
  let good = true;
  for (const runners of [2, 3]) {
    const options = { rounds: Math.ceil(rounds / 2), seed, runners, leaseTtlMs: LEASE_TTL_MS, report: print };
    good = judgeLease(runners, await runLeaseChaos(options)) && good;
  }
  return good;
};

const outage = async (rounds: number, seed: number): Promise<boolean> => {
  const report = (figures: Parameters<typeof describeOutage>[0]): void => print(describeOutage(figures));
  const figures = await runOutageChaos({ rounds: dealOutages(rounds, seed, minutes), seed, report });
  print(`\n  pairings                ${figures.pairings}`);
  print(`  retry receipts          ${figures.retryReceipts}`);
  return figures.pairings === 1 && figures.rounds.every((round) => findFaults(round).length === 0);
};

const connection = (rounds: number, seed: number): Promise<boolean> => runConnectionChaos(rounds, seed, print);

const delivery = async (rounds: number, seed: number): Promise<boolean> => {
  const figures = await runDeliveryChaos({ rounds, seed, report: print });
  print(describeDelivery(figures));
  return isDelivered(figures);
};

const notifications = async (count: number, seed: number): Promise<boolean> => {
  const figures = await runNotificationChaos({ count, seed, report: print });
  print(describeNotifications(figures));
  return isNotified(figures);
};

const LEAK_MINUTES = 30;
/** One long round, whatever was asked for. */
const memory = async (_rounds: number, seed: number): Promise<boolean> => {
  const figures = await runMemoryChaos({ minutes: minutes ?? LEAK_MINUTES, seed, report: print });
  print(describeMemory(figures));
  return isWithinQuota(figures);
};

const KINDS: Readonly<Record<string, (rounds: number, seed: number) => Promise<boolean>>> = {
  session,
  lease,
  outage,
  connection,
  delivery,
  notifications,
  memory,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    count: { type: "string" },
    seed: { type: "string" },
    minutes: { type: "string" },
  },
});
const [name = ""] = positionals;
const kind = KINDS[name];
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
/** Notifications are counted one by one, everything else in rounds. */
const unit = name === "notifications" ? "count" : "rounds";
const usual = { count: 10_000, rounds: minutes === undefined ? 20 : 1 };
const amount = Number(values[unit] ?? usual[unit]);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (kind === undefined || !Number.isInteger(amount) || amount < 1 || !Number.isInteger(seed) || !((minutes ?? 1) > 0)) {
  const names = Object.keys(KINDS).join(" | ");
  console.error(`Which chaos? npx pnpm chaos ${names} [--rounds N | --count N] [--seed S] [--minutes M]`);
  process.exit(64);
}
const lasting = minutes === undefined ? "" : ` --minutes ${minutes}`;
print(`To replay: npx pnpm chaos ${name} --${unit} ${amount} --seed ${seed}${lasting}`);
const good = await kind(amount, seed);
print(good ? "\nAs promised." : "\nNOT as promised.");
process.exit(good ? 0 : 1);
