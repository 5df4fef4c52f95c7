// `pnpm bench <name> [--rounds N] [--quick]`: measures, and prints each figure beside a baseline of the same run.
import { parseArgs } from "node:util";
import { benchConnection } from "./bench/connection.ts";
import { benchDelivery } from "./bench/delivery.ts";
import { benchGrowth } from "./bench/growth.ts";
import { benchRecovery } from "./bench/recovery.ts";
import { benchSession } from "./bench/session.ts";
import { benchTakeOver } from "./bench/takeover.ts";

interface Bench {
  readonly rounds: number;
  run(rounds: number, quick: boolean): Promise<void>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  connection: { rounds: 10, run: benchConnection },
  delivery: { rounds: 5, run: benchDelivery },
  growth: { rounds: 1, run: benchGrowth },
  recovery: { rounds: 10, run: benchRecovery },
  session: { rounds: 3, run: benchSession },
  takeover: { rounds: 5, run: benchTakeOver },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string" }, quick: { type: "boolean", default: false } },
});
const bench = BENCHES[positionals[0] ?? ""];
const rounds = Number(values.rounds ?? (values.quick ? 1 : bench?.rounds));
if (bench === undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`Which bench? npx pnpm bench ${Object.keys(BENCHES).join(" | ")} [--rounds N] [--quick]`);
  process.exit(64);
}
await bench.run(rounds, values.quick);
