// Leaves the number of tests behind for .ci/run, in test-results/count.json.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../test-results", import.meta.url));

// Jest wants a reporter as the default export of a module.
export default class CountReporter {
  onRunComplete(_contexts, results) {
    // A file that cannot even be loaded has no tests, and has failed all the same.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const count = { passed: results.numPassedTests, failed, skipped: results.numPendingTests };
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "count.json"), `${JSON.stringify(count)}\n`);
  }
}
