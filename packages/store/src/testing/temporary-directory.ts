import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh directory for one test, and its removal. */
export interface TemporaryDirectory {
  readonly path: string;
  remove(): void;
}

export const makeTemporaryDirectory = (): TemporaryDirectory => {
  const path = mkdtempSync(join(tmpdir(), "blacksky-store-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
