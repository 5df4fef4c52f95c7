import { installConsoleGuard } from "./console-guard.ts";

/** The guard of this process, in place once this module has been imported: `main.ts` imports it before all else. */
export const consoleGuard = installConsoleGuard(console);
