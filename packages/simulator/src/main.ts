import { parseArgs } from "node:util";
import { describeError } from "@blacksky/errors";
import { silenceLibsignal } from "./signal/console-guard.ts";
import { startSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "control-port": { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    "state-dir": { type: "string" },
    "prekey-count": { type: "string", default: "0" },
  },
});

const CONFIGURATION_ERROR = 64;

silenceLibsignal();

try {
  const simulator = await startSimulator({
    port: Number(values.port),
    controlPort: Number(values["control-port"]),
    host: values.host,
    prekeyCount: Number(values["prekey-count"]),
    ...(values["state-dir"] === undefined ? {} : { stateDir: values["state-dir"] }),
  });
  const stop = (): void => {
    simulator.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${describeError(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const { url, controlUrl, rootKey } = simulator;
  process.stdout.write(`${JSON.stringify({ url, controlUrl, rootKey, pid: process.pid })}\n`);
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(CONFIGURATION_ERROR);
}
