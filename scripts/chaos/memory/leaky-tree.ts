import { appendFileSync, copyFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const APPS = ["runner", "backup", "bot", "keeper"] as const;

/** A copy of the built product whose bot keeps what it should let go of. */
export interface LeakyTree {
  /** The runner's bundle. */
  readonly script: string;
  remove(): void;
}

/** What a careless plugin does: memory outside V8's heap, written to, and kept for good. */
const leak = (mbPerSecond: number): string => `
{
  const kept = [];
  setInterval(() => kept.push(Buffer.alloc(${String(Math.round(mbPerSecond * 1024 * 1024))} / 10, 1)), 100).unref();
}
`;

/** @throws when the product is not built */
export const makeLeakyTree = (mbPerSecond: number): LeakyTree => {
  // Inside the repository, where the bundles find their native parts.
  const folder = join(ROOT, "scripts/dist", `leaky-${String(process.pid)}`);
  for (const app of APPS) {
    const copy = join(folder, app);
    mkdirSync(join(copy, "dist"), { recursive: true });
    copyFileSync(join(ROOT, "apps", app, "dist/main.js"), join(copy, "dist/main.js"));
    copyFileSync(join(ROOT, "apps", app, "package.json"), join(copy, "package.json"));
    symlinkSync(join(ROOT, "apps", app, "node_modules"), join(copy, "node_modules"));
  }
  appendFileSync(join(folder, "bot/dist/main.js"), leak(mbPerSecond));
  return {
    script: join(folder, "runner/dist/main.js"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
