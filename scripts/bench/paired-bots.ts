import { SESSION_ID, type Tree } from "@blacksky/harness";
import { delay, systemClock } from "@blacksky/machine";
import type { Simulator } from "@blacksky/simulator";
import { openStore, storePath, type Store } from "@blacksky/store";
import { randomBytes } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import { endBareScript, startBareScript, type ServerEnv } from "./bare-script.ts";

/** The number of our bot. */
export const OURS = "4915550000001";
/** The number of the bare script's bot. */
export const BARE = "4915550000002";

const RECORD_BYTES = 1200;
const DEADLINE_MS = 30_000;
const SETTLE_MS = 2000;

/** Milliseconds from now until this account's device is logged in and gets its messages: the same event for everybody. */
export const untilActive = async (simulator: Simulator, phone: string, act: () => void): Promise<number> => {
  const active = simulator.waitFor((event) => event.type === "device.activated" && event.phone === phone, DEADLINE_MS);
  const from = Date.now();
  act();
  return (await active).at - from;
};

/** Links the bare script with an account of this number. */
export const pairBare = async (simulator: Simulator, phone: string, folder: string, env: ServerEnv): Promise<void> => {
  const account = await simulator.addAccount({ phone });
  const child = startBareScript(folder, env);
  const opened = new Promise<void>((resolve) => {
    child.on("message", (message: { qr?: string; open?: boolean }) => {
      if (message.qr !== undefined) void account.scanQr(message.qr).catch(() => undefined);
      if (message.open === true) resolve();
    });
  });
  await opened;
  // Its files are written without order or atomicity: killed too early they would be torn, and the next start another
  // device.
  await delay(systemClock, SETTLE_MS);
  await endBareScript(child);
};

/** Adds so many records of a kind to a session. */
export const addRecords = (store: Store, kind: string, count: number): Promise<number> => {
  const value = (): Uint8Array =>
    Uint8Array.from([1, ...Buffer.from(JSON.stringify(randomBytes(RECORD_BYTES / 2).toString("hex")))]);
  return store.write(
    Array.from({ length: count }, (_, index) => ({ key: `session/${kind}/${String(index)}_1.0`, value: value() })),
  );
};

/** Links our bot, lets `fill` write more into its session, and leaves that replicated. */
export const pairOurs = async (
  simulator: Simulator,
  start: () => Promise<Tree>,
  dataDir: string,
  fill: (store: Store) => Promise<unknown>,
): Promise<void> => {
  const account = await simulator.addAccount({ phone: OURS });
  const tree = await start();
  const { qr } = await tree.waitForPairing("qr");
  await account.scanQr(qr);
  await tree.waitUntilOpen();
  await tree.stop();
  const store = openStore({ path: storePath(dataDir, SESSION_ID) });
  await fill(store);
  await store.close();
  const filled = await start();
  await filled.waitForHealth(
    "all records are replicated",
    ({ session }) => session.replicatedPosition === session.position,
  );
  await filled.stop();
};

/** On a copy of the folder: the script is killed while it still writes. */
export const measureBareStart = async (simulator: Simulator, folder: string, server: ServerEnv): Promise<number> => {
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  let child: ReturnType<typeof startBareScript> | undefined;
  const took = await untilActive(simulator, BARE, () => (child = startBareScript(copy, server)));
  if (child !== undefined) await endBareScript(child);
  rmSync(copy, { recursive: true, force: true });
  return took;
};
