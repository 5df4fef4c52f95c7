import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { expect, test } from "@jest/globals";
import { createReadSettler } from "./settle-reads.ts";

test("waits for PostgreSQL, does without it for a while when it is away, and says both once", async () => {
  const clock = createFakeClock();
  const said: string[] = [];
  const log = createTestLogger((level, message) => void said.push(`${level}: ${message}`));
  const answers: (() => Promise<unknown>)[] = [];
  const asked: unknown[] = [];
  const channel = {
    request: (_definition: unknown, body: unknown) => {
      asked.push(body);
      return (answers.shift() ?? (() => Promise.resolve({ position: 1 })))();
    },
  } as unknown as Channel;
  const settle = createReadSettler({ channel, clock, log });

  await settle();
  expect([asked, said]).toEqual([[{ deadlineMs: 2000 }], []]);
  const away = (): Promise<never> => Promise.reject(new Error("away"));
  answers.push(away, away);
  await settle();
  await settle();
  expect(asked).toHaveLength(2);
  clock.advance(30_000);
  await settle();
  expect(asked).toHaveLength(3);
  expect(said).toEqual([expect.stringMatching(/^warn: .*on this disk.*away/)]);
  clock.advance(30_000);
  await settle();
  expect(said.at(-1)).toMatch(/^info: .*in PostgreSQL again/);
  await settle();
  expect([asked.length, said.length]).toEqual([5, 2]);
  // Nobody needs to be told at each message that there is none.
  answers.push(() => Promise.reject(new BlackskyError("backup.notReplicating", "There is no database.")));
  await settle();
  await settle();
  expect([asked.length, said.length]).toEqual([6, 2]);
});
