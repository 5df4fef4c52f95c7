import { startTree, waitFor, type Tree } from "@blacksky/harness";
import { startTestServer } from "@blacksky/postgres/testing";
import { startSimulator, type Simulator } from "@blacksky/simulator";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUnderPm2, type ServerEnv } from "./bare-script.ts";
import { describeRatio, describeTimes } from "./figures.ts";
import { addRecords, BARE, measureBareStart, OURS, pairBare, pairOurs, untilActive } from "./paired-bots.ts";

const SESSION_RECORDS = 10_000;
const DEADLINE_MS = 30_000;
/** A worker that has run so long is restarted at once after a crash; a shorter life would measure the back-off. */
const STABLE_MS = 10_500;

const PM2 = "4915550000003";

interface Times {
  bareStart: number[];
  pm2Kill: number[];
  coldStart: number[];
  healthAnswers: number[];
  botKill: number[];
  stop: number[];
}

const measureTree = async (simulator: Simulator, start: () => Promise<Tree>, times: Times): Promise<void> => {
  let tree: Tree | undefined;
  let healthAnswersAfter = 0;
  const from = Date.now();
  const starting = { promise: undefined as Promise<void> | undefined };
  const coldStart = await untilActive(simulator, OURS, () => {
    starting.promise = start().then((started) => {
      healthAnswersAfter = Date.now() - from;
      tree = started;
    });
  });
  await starting.promise;
  if (tree === undefined) throw new Error("The tree did not start.");
  times.coldStart.push(coldStart);
  times.healthAnswers.push(healthAnswersAfter);
  await tree.waitForHealth(
    "the bot has run for a while",
    ({ workers }) => workers.bot.state === "running" && workers.bot.uptime * 1000 > STABLE_MS,
  );
  const pid = await tree.workerPid("bot");
  times.botKill.push(await untilActive(simulator, OURS, () => void process.kill(pid, "SIGKILL")));
  await tree.waitUntilOpen();
  const asked = Date.now();
  tree.signal("SIGTERM");
  const { code } = await tree.exited;
  if (code !== 0) throw new Error(`The tree ended with ${String(code)}:\n${tree.output().slice(-2000)}`);
  times.stop.push(Date.now() - asked);
};

const print = (times: Times): void => {
  console.log(`\n  milliseconds${" ".repeat(46)} runs  median     min     max`);
  console.log(describeTimes("bare script: start to active", times.bareStart));
  console.log(describeTimes("bare script under pm2: kill -9 to active again", times.pm2Kill));
  console.log(describeTimes("whole tree: start to active", times.coldStart));
  console.log(describeTimes("whole tree: start to health answering", times.healthAnswers));
  console.log(describeTimes("whole tree: kill -9 of the bot to active again", times.botKill));
  console.log(describeTimes("whole tree: SIGTERM to exit 0, 10,000 records", times.stop));
  console.log("\n  ratios");
  console.log(describeRatio("kill -9 of the bot / bare script's start", times.botKill, times.bareStart, 1.5));
  console.log(describeRatio("kill -9 of the bot / the same under pm2", times.botKill, times.pm2Kill, 1));
  console.log(describeRatio("cold start of the tree / bare script's start", times.coldStart, times.bareStart, 3));
};

/** How fast things come back, beside a bare Baileys script, alone and under pm2. Rounds are interleaved. */
export const benchRecovery = async (rounds: number): Promise<void> => {
  const folders = { ours: "", bare: "", pm2: "" };
  for (const name of Object.keys(folders) as (keyof typeof folders)[]) {
    folders[name] = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  }
  const [simulator, database] = await Promise.all([startSimulator({ prekeyCount: 1 }), startTestServer()]);
  const server: ServerEnv = { WHATSAPP_WS_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const databaseUrl = await database.createDatabase();
  const key = randomBytes(32).toString("hex");
  const start = (): Promise<Tree> =>
    startTree({ dataDir: folders.ours, env: { ...server, DATABASE_URL: databaseUrl, SESSION_ENCRYPTION_KEY: key } });
  const times: Times = { bareStart: [], pm2Kill: [], coldStart: [], healthAnswers: [], botKill: [], stop: [] };

  try {
    await pairBare(simulator, BARE, folders.bare, server);
    await pairBare(simulator, PM2, folders.pm2, server);
    await pairOurs(simulator, start, folders.ours, (store) => addRecords(store, "session", SESSION_RECORDS));
    const pm2 = startUnderPm2(mkdtempSync(join(tmpdir(), "bench-pm2-home-")), folders.pm2, server);
    try {
      for (let round = 0; round < rounds; round++) {
        times.bareStart.push(await measureBareStart(simulator, folders.bare, server));

        const pid = await waitFor("pm2 runs the script", () => pm2.pid() || undefined, DEADLINE_MS);
        times.pm2Kill.push(await untilActive(simulator, PM2, () => void process.kill(pid, "SIGKILL")));

        await measureTree(simulator, start, times);
        process.stdout.write(".");
      }
    } finally {
      pm2.stop();
    }
    print(times);
  } finally {
    await simulator.stop();
    await database.stop();
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true });
  }
};
