// Jest runs our ESM sources only with this Node flag; given here as an argument it reaches Jest's own workers but not
// the processes that tests start, which must run as they do in production.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
const { status } = spawnSync(process.execPath, [...flags, jest, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
