import type { ReplicaState } from "@blacksky/postgres";
import { describe, expect, test } from "@jest/globals";

import { judge } from "./ladder.ts";
import type { LocalStore, Replica, Verdict } from "./ladder.ts";

const state = (more: Partial<ReplicaState> = {}): ReplicaState => ({
  id: "replica-1",
  position: 100,
  recordCount: 7,
  writtenEpoch: 3,
  schemaVersion: 1,
  keyFingerprint: "key-1",
  releasedInOrder: true,
  ...more,
});

const KEYS = { fingerprint: "key-1", previous: { fingerprint: "key-0" } };

const UNWRITTEN = { position: 0, recordCount: 0, writtenEpoch: 0, keyFingerprint: null };

type Intact = Extract<LocalStore, { status: "intact" }>;
const intact = (more: Partial<Intact> = {}): Intact => ({
  status: "intact",
  position: 120,
  replicaId: "replica-1",
  epoch: 3,
  contested: false,
  trimmedTo: 100,
  importedAt: undefined,
  ...more,
});

const LOCALS = {
  empty: { status: "empty" },
  broken: { status: "broken", reason: "store.truncated" },
  intact: intact(),
  neverLeased: intact({ epoch: 0, replicaId: undefined }),
  imported: intact({ epoch: 0, replicaId: undefined, importedAt: Infinity }),
} satisfies Record<string, LocalStore>;

const REPLICAS = {
  none: { status: "none" },
  unreachable: { status: "unreachable" },
  unwritten: { status: "held", state: state(UNWRITTEN) },
  written: { status: "held", state: state() },
} satisfies Record<string, Replica>;

const KEEP: Verdict = { action: "keep", copy: "feed" };
const COPY: Verdict = { action: "keep", copy: "complete" };
const BEGIN: Verdict = { action: "begin" };
const BROKEN: Verdict = { action: "fail", why: "broken" };
const UNREACHABLE: Verdict = { action: "fail", why: "unreachable" };
const CONTINUED: Verdict = { action: "fail", why: "continued" };
const WRONG_KEY: Verdict = { action: "fail", why: "wrongKey" };
const restore = (archive?: string): Verdict => ({ action: "restore", archive });

const TABLE: Record<keyof typeof LOCALS, Record<keyof typeof REPLICAS, Verdict>> = {
  empty: { none: BEGIN, unreachable: UNREACHABLE, unwritten: BEGIN, written: restore() },
  broken: { none: BROKEN, unreachable: UNREACHABLE, unwritten: BROKEN, written: restore("store.truncated") },
  intact: { none: KEEP, unreachable: KEEP, unwritten: COPY, written: KEEP },
  neverLeased: { none: KEEP, unreachable: UNREACHABLE, unwritten: COPY, written: restore("overtaken") },
  imported: { none: KEEP, unreachable: UNREACHABLE, unwritten: COPY, written: COPY },
};

const cases = (Object.keys(LOCALS) as (keyof typeof LOCALS)[]).flatMap((local) =>
  (Object.keys(REPLICAS) as (keyof typeof REPLICAS)[]).map((replica) => [local, replica] as const),
);

describe("the restore ladder", () => {
  test.each(cases)("with a local store that is %s and a replica that is %s follows the table", (local, replica) => {
    expect(judge(LOCALS[local], REPLICAS[replica], KEYS)).toEqual(TABLE[local][replica]);
  });

  const judgeHeld = (local: Partial<Intact>, replica: Partial<ReplicaState> = {}): Verdict =>
    judge(intact(local), { status: "held", state: state(replica) }, KEYS);

  test("keeps a store that is exactly as far as its replica", () => {
    expect(judgeHeld({ position: 100 })).toEqual(KEEP);
  });

  test("restores over a store that is behind its replica", () => {
    expect(judgeHeld({ position: 99 })).toEqual(restore("behind"));
  });

  test("restores over a store that is ahead of a replica which another has continued", () => {
    expect(judgeHeld({ position: 999, epoch: 2 })).toEqual(restore("overtaken"));
  });

  test("keeps a store when another held the lease but wrote nothing", () => {
    expect(judgeHeld({ epoch: 9 })).toEqual(KEEP);
  });

  test("restores over a store that belongs to another database", () => {
    expect(judgeHeld({ replicaId: "replica-2", epoch: 99 })).toEqual(restore("overtaken"));
  });

  test("lets an import win over a replica that is behind it, of whatever session", () => {
    expect(judgeHeld({ importedAt: Infinity, replicaId: "replica-2", epoch: 0 })).toEqual(COPY);
    expect(judgeHeld({ importedAt: 100, epoch: 0 })).toEqual(COPY);
  });

  test("refuses an import that is not newer, or whose own history the replica has continued", () => {
    expect(judgeHeld({ importedAt: Infinity, position: 100 })).toEqual(CONTINUED);
    expect(judgeHeld({ importedAt: 99, epoch: 0 })).toEqual(CONTINUED);
  });

  test("copies everything when the feed no longer reaches back to the replica's position", () => {
    expect(judgeHeld({ trimmedTo: 101 })).toEqual(COPY);
  });

  test("copies everything when there is a key now, or another one than the previous one", () => {
    expect(judgeHeld({}, { keyFingerprint: null })).toEqual(COPY);
    expect(judgeHeld({}, { keyFingerprint: "key-0" })).toEqual(COPY);
  });

  test("does not write over what neither key opens", () => {
    expect(judgeHeld({}, { keyFingerprint: "key-7" })).toEqual(WRONG_KEY);
    const keyless = { fingerprint: null, previous: undefined };
    expect(judge(intact(), { status: "held", state: state() }, keyless)).toEqual(WRONG_KEY);
  });
});
