import { describe, expect, test } from "@jest/globals";
import type { Definition } from "@blacksky/ipc";
import type * as z from "zod";
import * as protocol from "./index.ts";

const channels = { ...protocol };

const isDefinition = (value: unknown): value is Definition =>
  typeof value === "object" && value !== null && "direction" in value && "type" in value;

const definitions = Object.entries(channels).flatMap(([file, exported]) =>
  typeof exported === "object"
    ? Object.values(exported)
        .filter(isDefinition)
        .map((definition) => ({ file, definition }))
    : [],
);

const worker = { state: "running", pid: 7, restarts: 0, uptime: 1.5 };
const notificationId = "ntf_0123456789abcdef01234567";
const notification = { to: "owner", text: "x", key: "k", priority: 5, notBefore: 1, expiresAt: 2 };
const notificationStatus = {
  id: notificationId,
  state: "sent",
  attempts: 1,
  createdAt: 1,
  changedAt: 2,
  nextAttemptAt: null,
  lastError: null,
};
const standing = {
  kind: "replaced",
  code: 440,
  atMs: 5,
  untilMs: null,
  times: 2,
  previousAtMs: 4,
  isOver: false,
};
const expiry = { epochMs: 4, monotonicMs: 2 };
const time = "2026-01-02T03:04:05.678Z";

/** One sample a schema; a definition without one fails the test below. */
const samples: Record<string, { body: unknown; reply?: unknown }> = {
  "alerts.raised": { body: { kind: "logged-out", text: "The bot was unlinked." } },
  "control.hello": { body: { protocolVersion: 1, build: "0.1.0", pid: 7 } },
  "control.ready": { body: {} },
  "control.draining": { body: {} },
  "control.memorySampled": { body: { heapUsedBytes: 1, heapLimitBytes: 2 } },
  "control.trimRequested": { body: {} },
  "control.restartRequested": { body: { scope: "bot", reason: "asked for in the chat" } },
  "control.shutdown": { body: { deadlineMs: 1000 }, reply: { unfinished: 0 } },
  "control.ping": { body: {}, reply: {} },
  "connection.changed": {
    body: {
      state: "open",
      since: 1,
      reconnectAttempts: 0,
      nextAttemptAt: null,
      lastDisconnect: { code: 428, reason: "closed", at: 1 },
    },
  },
  "connection.historyChanged": {
    body: {
      transitions: [{ from: "open", to: "backing-off", code: 428, reason: "closed", at: 1, durationMs: 7 }],
      uptime: { day: 99.98, week: null },
      disconnects: { 428: 3 },
    },
  },
  "connection.executorStarted": { body: {} },
  "connection.executorLost": { body: {} },
  "connection.keeperLost": { body: {} },
  "connection.mayConnect": { body: {}, reply: {} },
  "connection.pairingStarted": { body: { generation: 1 } },
  "connection.socketOpened": { body: { generation: 1 } },
  "connection.socketClosed": {
    body: {
      generation: 1,
      code: 428,
      reason: "x",
      origin: "stream",
      paired: true,
      intentional: false,
      expiresAt: null,
    },
  },
  "connection.activitySeen": { body: { at: 1 } },
  "connection.connect": { body: { generation: 1, notAfterMs: 2, resumedAt: 3 }, reply: {} },
  "connection.end": { body: { generation: 1, reason: "x" }, reply: {} },
  "connection.describe": { body: {}, reply: { socket: "open", generation: 1, since: 1, paired: true, standing } },
  "connection.traffic": { body: {}, reply: { lastMessageAt: 1, pending: 0 } },
  "connection.pairingWanted": { body: {} },
  "connection.overrule": { body: { at: 1 }, reply: {} },
  "connection.reconnect": { body: { reason: "x" }, reply: {} },
  "connection.cut": { body: { generation: 1, reason: "x" }, reply: {} },
  "connection.vitals": {
    body: {},
    reply: { socket: { generation: 1, frames: 7, silentMs: 1.5 }, lagMs: 0, sending: true },
  },
  "connection.probe": { body: { deadlineMs: 1000 }, reply: { rttMs: 1.5 } },
  "pairing.changed": { body: { state: "qr", qr: "x", expiresAt: 1 } },
  "session.available": { body: {} },
  "records.measure": {
    body: {},
    reply: { kinds: [{ kind: "pre-key", bytes: 7, classes: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }] },
  },
  "session.changed": { body: { position: 1 } },
  "session.flush": { body: { deadlineMs: 1 }, reply: { position: 1 } },
  "session.snapshot": {
    body: { reason: "asked for in the chat" },
    reply: { id: "x", recordCount: 7, bytes: 1_000, places: ["database", "disk"] },
  },
  "session.snapshots": {
    body: {},
    reply: {
      snapshots: [
        {
          readable: true,
          id: "x",
          createdAt: 1,
          reason: "scheduled",
          position: 1,
          epoch: 1,
          recordCount: 7,
          bytes: 1_000,
          places: ["disk"],
        },
        { readable: false, id: "y", places: ["disk"] },
      ],
      unread: ["database"],
    },
  },
  "session.restore": { body: { id: "x", force: true }, reply: { position: 1 } },
  "session.logOut": { body: {}, reply: { snapshot: "x" } },
  "session.clear": { body: {}, reply: { snapshot: "x" } },
  "session.rekey": {
    body: { deadlineMs: 1 },
    reply: { records: 1, snapshots: 2, files: 3, unreadable: ["snapshot x"] },
  },
  "session.statusChanged": {
    body: {
      phase: "active",
      databaseConnected: true,
      position: 2,
      replicatedPosition: 1,
      lagMs: 3,
      lastSnapshotAt: null,
      socketUntil: expiry,
      lease: { held: true, epoch: 1 },
      restoredFrom: "replica",
      restoredAgeMs: 3,
      previousKey: "needed",
    },
  },
  "session.leaseLost": { body: { reason: "taken", socketUntil: expiry } },
  "session.socketAllowed": { body: { until: expiry } },
  "session.confirmLease": { body: {}, reply: {} },
  "session.rivalMet": { body: {} },
  "instance.read": { body: {}, reply: { name: "x" } },
  "notices.told": { body: { kind: "database-back", importance: "important", text: "x" } },
  "outbox.enqueue": { body: { id: notificationId, notification }, reply: { isNew: true, status: notificationStatus } },
  "outbox.read": { body: { id: notificationId }, reply: { status: notificationStatus } },
  "outbox.leave": { body: { id: notificationId, notification }, reply: { isNew: false, status: notificationStatus } },
  "outbox.readLeft": { body: { id: notificationId }, reply: { status: null } },
  "outbox.handOver": { body: {}, reply: {} },
  "outbox.counted": { body: { pending: 0, retrying: 0, dead: 0, delivered: 0 } },
  "health.read": {
    body: {},
    reply: {
      status: "ok",
      timestamp: time,
      uptime: 1,
      version: "0.1.0",
      connection: {
        state: "open",
        since: time,
        reconnectAttempts: 0,
        lastDisconnect: null,
        lastActivityAt: null,
        uptime: { day: 100, week: 99.5 },
        disconnects: { 428: 1 },
        history: [{ from: "connecting", to: "open", code: null, reason: "open", at: time, durationMs: 7 }],
      },
      session: {
        id: "x",
        paired: true,
        position: 1,
        replicatedPosition: 1,
        lagMs: 0,
        lastSnapshotAt: null,
        lease: { held: true, epoch: 1 },
        restoredFrom: "snapshot",
        restoredAgeMs: 60_000,
        previousKey: null,
      },
      workers: { bot: worker, keeper: worker, backup: worker },
      queue: { pending: 0, retrying: 0, dead: 0, delivered: 0 },
      memory: {
        quotaMb: 512,
        usedMb: 100,
        level: "normal",
        percentages: { heapUsage: 1, systemUsage: 2 },
        processes: [],
        forecast: null,
      },
      memoryOptimizationEnabled: true,
      databaseConnected: true,
    },
  },
};

const expectSurvives = (schema: z.ZodType, sample: unknown): void => {
  expect(schema.parse(structuredClone(sample))).toEqual(sample);
};

describe("the protocol", () => {
  test("names every message once", () => {
    const types = definitions.map(({ definition }) => definition.type);
    expect(types.length).toBeGreaterThan(20);
    expect(new Set(types).size).toBe(types.length);
  });

  test("has a sample for every message and no other", () => {
    expect(Object.keys(samples).toSorted()).toEqual(definitions.map(({ definition }) => definition.type).toSorted());
  });

  test.each(definitions.map(({ file, definition }) => [definition.type, file, definition] as const))(
    "%s is named after its file and survives the pipe unchanged",
    (type, file, definition) => {
      expect(type.split(".")[0]).toBe(file);
      expectSurvives(definition.body, samples[type]?.body);
      if (definition.kind === "request") expectSurvives(definition.reply, samples[type]?.reply);
    },
  );
});
