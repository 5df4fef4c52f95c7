// `pnpm bench <name> [--rounds N]`: measures, and prints each figure beside a baseline measured in the same run.
import { parseArgs } from "node:util";
import { benchRecovery } from "./bench/recovery.ts";

const BENCHES: Readonly<Record<string, (rounds: number) => Promise<void>>> = { recovery: benchRecovery };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "10" } },
});
const bench = BENCHES[positionals[0] ?? ""];
const rounds = Number(values.rounds);
if (bench === undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`Which bench? npx pnpm bench ${Object.keys(BENCHES).join(" | ")} [--rounds N]`);
  process.exit(64);
}
await bench(rounds);
