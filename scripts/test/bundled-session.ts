import { afterAll, beforeAll } from "@jest/globals";
import { rmSync } from "node:fs";
import { bundleScript } from "../bundle.mjs";

/** What Node is given to run `pnpm session …`. */
export const sessionCommand = { bundled: [] as readonly string[], asPeopleDo: ["--import", "tsx", "session.ts"] };

let bundle: string;

beforeAll(async () => {
  bundle = await bundleScript("session");
  sessionCommand.bundled = [bundle];
});
afterAll(() => rmSync(bundle, { force: true }));
