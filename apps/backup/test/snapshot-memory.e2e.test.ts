import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import { session } from "@blacksky/protocol";
import { expect, test } from "@jest/globals";

import { spawnBackup } from "./backup-process.ts";
import { openBotStore } from "./backup-world.ts";
import { KEY, listRows, world } from "./snapshot-world.ts";

const kilobytes = (pid: number, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

const MEASURABLE = process.platform === "linux";

(MEASURABLE ? test : test.skip)(
  "a snapshot of 30 MB takes little memory",
  async () => {
    const store = openBotStore(world.dataDir.path);
    for (let batch = 0; batch < 30; batch += 1) {
      await store.write(
        Array.from({ length: 512 }, (_, index) => ({
          key: `session/session/${batch}.${index}`,
          value: Buffer.from(randomBytes(1_536).toString("base64")),
        })),
      );
    }
    await store.close();
    const settings = {
      DATA_DIR: world.dataDir.path,
      DATABASE_URL: world.databaseUrl,
      SESSION_ENCRYPTION_KEY: KEY,
      ENABLE_SESSION_BACKUP: "false",
    };
    const first = await spawnBackup(settings);
    await first.flush(60_000);
    await first.shutDown();
    // A new process, which has not had the whole session in its heap to replicate it.
    const worker = await spawnBackup(settings);
    const { pid } = worker.child;
    if (pid === undefined) throw new Error("the worker has no pid");
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    const before = kilobytes(pid, "VmRSS");
    await worker.channel.request(session.snapshot, { reason: "for the test" }, { deadlineMs: 60_000 });
    const growthMb = (kilobytes(pid, "VmHWM") - before) / 1024;
    const rows = await listRows();
    await worker.shutDown();
    expect(rows).toHaveLength(1);
    expect(growthMb).toBeLessThan(40);
  },
  120_000,
);
