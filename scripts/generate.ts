// `pnpm generate`: writes what is told about the environment variables outside the code. With --check it writes nothing
// and fails where a file is not what it would write.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describe } from "@blacksky/config";
import { renderAppJson } from "./generate/app-json.ts";
import { renderEnvExample } from "./generate/env-example.ts";
import { renderReadme } from "./generate/readme.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const variables = describe();

// The formatter has its own mind about short lists in JSON.
const formatted = (name: string, text: string): string => {
  const oxfmt = fileURLToPath(new URL("../node_modules/.bin/oxfmt", import.meta.url));
  const { status, stdout, stderr } = spawnSync(oxfmt, [`--stdin-filepath=${name}`], { input: text, encoding: "utf8" });
  if (status !== 0) throw new Error(`oxfmt cannot format ${name}: ${stderr}`);
  return stdout;
};

const renderers: Readonly<Record<string, (current: string) => string>> = {
  "app.json": (current) => formatted("app.json", renderAppJson(current, variables)),
  ".env.example": () => renderEnvExample(variables),
  "README.md": (current) => renderReadme(current, variables),
};

const stale: string[] = [];
for (const [name, render] of Object.entries(renderers)) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  const wanted = render(current);
  if (current === wanted) continue;
  stale.push(name);
  if (!values.check) writeFileSync(file, wanted);
}

if (values.check && stale.length > 0) {
  console.error(`Not up to date: ${stale.join(", ")}. Run \`pnpm generate\` and commit what it writes.`);
  process.exit(1);
}
console.log(stale.length === 0 ? "All generated files are up to date." : `Written: ${stale.join(", ")}.`);
