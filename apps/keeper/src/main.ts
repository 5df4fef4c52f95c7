import { systemClock } from "@blacksky/machine";
import { prepareProcess, startWorker } from "@blacksky/supervisor/worker";
import { startKeeper, type Keeper } from "./app.ts";

/** Replaced by the bundler with the version of the product. */
declare const BUILD_VERSION: string;

const { env, log } = prepareProcess(process, "keeper");

let keeper: Keeper | undefined;
const worker = startWorker({
  endpoint: process,
  pid: process.pid,
  build: BUILD_VERSION,
  log,
  exit: (code) => process.exit(code),
  onShutdown: () => {
    keeper?.stop();
    return Promise.resolve({ unfinished: 0 });
  },
});
keeper = startKeeper({ channel: worker.channel, env, clock: systemClock, random: Math.random, log });
worker.ready();
