import { availableParallelism } from "node:os";

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  rootDir: import.meta.dirname ?? new URL(".", import.meta.url).pathname,
  testMatch,
  testEnvironment: "<rootDir>/scripts/jest-environment.mjs",
  extensionsToTreatAsEsm: [".ts"],
  modulePathIgnorePatterns: ["<rootDir>/.*/dist/", "<rootDir>/.data/"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  ...more,
});

export default {
  // Jest leaves a core to itself, half of a small machine; but most of an end-to-end test is waiting for processes.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Only a hang reaches this; each wait inside a test has its own, shorter deadline.
  testTimeout: 240_000,
  // Baileys leaves timers of up to 60 s behind an ended socket, and Jest would wait for them.
  forceExit: true,
  reporters: ["default", "<rootDir>/scripts/count-reporter.mjs"],
  projects: [
    project("unit", ["<rootDir>/{packages,apps,scripts}/**/*.test.ts"], {
      testPathIgnorePatterns: ["/node_modules/", "\\.e2e\\.test\\.ts$"],
    }),
    project("e2e", ["<rootDir>/{packages,apps,scripts}/**/*.e2e.test.ts"]),
  ],
};
