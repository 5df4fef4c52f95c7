import { parseArgs } from "node:util";
import { describeError, EXIT } from "@blacksky/errors";
import { failure } from "./failure.ts";
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

const LARGEST_PORT = 65_535;

/** Reads a number from the command line. Throws `simulator.bad-input` naming the option. */
const whole = (option: "port" | "control-port" | "prekey-count"): number => {
  const number = Number(values[option]);
  if (Number.isInteger(number) && number >= 0 && number <= LARGEST_PORT) return number;
  throw failure(
    "simulator.bad-input",
    `The option --${option} is not a number from 0 to ${LARGEST_PORT}.`,
    "Change it.",
  );
};

try {
  const simulator = await startSimulator({
    port: whole("port"),
    controlPort: whole("control-port"),
    host: values.host,
    prekeyCount: whole("prekey-count"),
    ...(values["state-dir"] === undefined ? {} : { stateDir: values["state-dir"] }),
  });
  const stop = (): void => {
    simulator.stop().then(
      () => process.exit(EXIT.ok),
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
  process.exit(EXIT.config);
}
