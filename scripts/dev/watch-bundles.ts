import { bundleApp } from "../bundle.mjs";

const APPS = ["runner", "backup", "bot", "keeper"] as const;
/** One save may touch several apps; they are built within this time of each other. */
const SETTLE_MS = 150;

/**
 * Builds every app, then again whenever a source changes.
 *
 * @param onRebuilt called after the apps were built again without an error
 * @returns ends the watching
 */
export const watchBundles = async (onRebuilt: () => void): Promise<() => Promise<void>> => {
  let timer: NodeJS.Timeout | undefined;
  let ready = false;
  const watches = await Promise.all(
    APPS.map(
      (app) =>
        new Promise<{ dispose: () => Promise<void> }>((resolve, reject) => {
          let first = true;
          const watching = bundleApp(app, {
            onRebuild(errors) {
              if (errors.length > 0) {
                console.error(`${app} was not built; the bot goes on as it was.`);
                if (first) reject(new Error(`${app} cannot be built; the lines above say why.`));
                return;
              }
              if (first) {
                first = false;
                resolve({ dispose: async () => (await watching).dispose() });
              } else if (ready) {
                clearTimeout(timer);
                timer = setTimeout(onRebuilt, SETTLE_MS);
              }
            },
          });
          watching.catch(reject);
        }),
    ),
  );
  ready = true;
  return async () => {
    clearTimeout(timer);
    await Promise.all(watches.map(({ dispose }) => dispose()));
  };
};
