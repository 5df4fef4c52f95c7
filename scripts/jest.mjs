// Jest runs our ESM sources only with this Node flag; given here as an argument it reaches Jest's own workers but not
// the processes that tests start, which must run as they do in production.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
const given = process.argv.slice(2);
// `--selectProjects` swallows every word behind it, also the paths somebody wants to run.
const at = given.indexOf("--selectProjects");
const projects = at < 0 ? [] : given.splice(at, 2);
const { status } = spawnSync(process.execPath, [...flags, jest, ...given, ...projects], { stdio: "inherit" });
process.exit(status ?? 1);
