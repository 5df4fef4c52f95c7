// `pnpm check`: the one gate. Runs every check, also after one has failed, and says at the end which did.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const checks: readonly (readonly [name: string, program: string, ...options: string[]])[] = [
  ["format", "oxfmt", "--check", "."],
  ["lint", "oxlint", "--type-aware", "--deny-warnings"],
  ["layers", "turbo", "boundaries"],
  ["types", "turbo", "run", "typecheck", "--continue", "--output-logs=errors-only"],
  ["generated files", "tsx", "scripts/generate.ts", "--check"],
];

const results = checks.map(([name, program, ...options]) => {
  console.log(`\n── ${name}: ${program} ${options.join(" ")}`);
  const startedAt = performance.now();
  const { status, error } = spawnSync(program, options, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) console.error(error.message);
  return { name, passed: status === 0, seconds: (performance.now() - startedAt) / 1000 };
});

console.log("");
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? "passed" : "FAILED"}  ${name.padEnd(16)} ${seconds.toFixed(1)} s`);
}
process.exit(results.every(({ passed }) => passed) ? 0 : 1);
