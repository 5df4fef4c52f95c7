import { describe, expect, test } from "@jest/globals";
import { health as healthMessage, type Health } from "@blacksky/protocol";
import type { ChildView } from "@blacksky/supervisor";
import { describeHealth, type HealthSources } from "./describe-health.ts";
import { createNews, forgetChild, forgetConnection, type News } from "./news.ts";

const child = (id: string, state: ChildView["state"] = "running"): ChildView => ({
  id,
  state,
  generation: 1,
  pid: 7,
  restarts: 2,
  startedAt: 2000,
  lastExit: null,
});

const wellNews = (): News => ({
  ...createNews(),
  connection: { state: "open", since: 3000, reconnectAttempts: 0, nextAttemptAt: null, lastDisconnect: null },
  session: {
    phase: "active",
    databaseConnected: true,
    position: 9,
    replicatedPosition: 8,
    lagMs: 12,
    lastSnapshotAt: null,
    socketUntil: null,
    lease: { held: true, epoch: 3 },
    restoredFrom: "local",
    restoredAgeMs: 0,
    previousKey: null,
  },
  pairing: { state: "paired" },
  history: {
    transitions: [{ from: "connecting", to: "open", code: null, reason: "It is open.", at: 3000, durationMs: 500 }],
    uptime: { day: 99.5, week: 98 },
    disconnects: { 428: 2 },
  },
});

const describeWith = (more: Partial<HealthSources> = {}): Health =>
  describeHealth({
    now: 12_000,
    startedAt: 1000,
    version: "1.2.3",
    sessionId: "BLACKSKY-MD",
    news: wellNews(),
    children: [child("backup"), child("bot"), child("keeper")],
    memory: {
      quotaMb: 512,
      usage: [
        { id: "runner", pid: 1, mb: 28 },
        { id: "bot", pid: 2, mb: 100 },
      ],
      level: "normal",
      forecast: null,
      optimizationEnabled: true,
    },
    ...more,
  });

describe("health", () => {
  test("is ok when the connection, the database and all workers are", () => {
    const health = describeWith();
    expect(health).toMatchObject({
      status: "ok",
      uptime: 11,
      connection: { state: "open", since: "1970-01-01T00:00:03.000Z" },
      session: { paired: true, position: 9, replicatedPosition: 8, lease: { held: true, epoch: 3 } },
      workers: { bot: { state: "running", pid: 7, restarts: 2, uptime: 10 } },
      memory: { usedMb: 128, level: "normal", percentages: { systemUsage: 25 } },
      databaseConnected: true,
    });
  });

  test("tells what has become of the connection", () => {
    expect(describeWith().connection).toMatchObject({
      uptime: { day: 99.5, week: 98 },
      disconnects: { 428: 2 },
      history: [{ from: "connecting", to: "open", at: "1970-01-01T00:00:03.000Z", durationMs: 500 }],
    });
  });

  test("stays within a few kilobytes, however much has happened", () => {
    const news = wellNews();
    const reason = "WhatsApp did not answer in time, or could not be reached.";
    const transition = { from: "backing-off", to: "logged-out", code: 408, reason, at: 3000, durationMs: 500 } as const;
    news.history.transitions = Array.from({ length: 20 }, () => transition);
    expect(JSON.stringify(describeWith({ news })).length).toBeLessThan(6000);
  });

  test("says that it stands by once those are gone who spoke for the session", () => {
    const news = wellNews();
    if (news.session !== null) news.session = { ...news.session, phase: "standby" };
    expect(describeWith({ news })).toMatchObject({ connection: { state: "open" } });
    forgetConnection(news);
    const health = describeWith({ news });
    expect(health).toMatchObject({ status: "degraded", connection: { state: "standby" } });
  });

  test("has exactly the shape of the protocol", () => {
    const health = describeWith();
    expect(healthMessage.health.strict().parse(health)).toEqual(health);
  });

  test("is complete before any worker has said a word", () => {
    const health = describeWith({ news: createNews(), children: [] });
    expect(healthMessage.health.parse(health)).toMatchObject({
      status: "degraded",
      connection: { state: "connecting", lastActivityAt: null },
      workers: { bot: { state: "stopped", pid: null } },
      databaseConnected: false,
    });
  });

  test("is standby while another dyno holds the lease", () => {
    const news = wellNews();
    if (news.session !== null) news.session.phase = "standby";
    news.connection = null;
    expect(describeWith({ news }).connection.state).toBe("standby");
  });

  test.each(["logged-out", "replaced", "refused", "stopped"] as const)("is an error when %s", (state) => {
    const news = wellNews();
    if (news.connection !== null) news.connection.state = state;
    expect(describeWith({ news }).status).toBe("error");
  });

  test.each(["starting", "backing-off", "stopping", "stopped"] as const)(
    "is degraded while a worker is %s",
    (state) => {
      expect(describeWith({ children: [child("backup", state), child("bot"), child("keeper")] }).status).toBe(
        "degraded",
      );
    },
  );

  test("is an error when a worker was given up", () => {
    expect(describeWith({ children: [child("backup"), child("bot", "failed"), child("keeper")] }).status).toBe("error");
  });

  test("tells the memory of each process, and is degraded where it runs out", () => {
    const news = wellNews();
    news.heaps.set("bot", { usedBytes: 30 * 1024 * 1024, limitBytes: 240 * 1024 * 1024 });
    const usage = [
      { id: "runner", pid: 1, mb: 20.04 },
      { id: "bot", pid: 2, mb: 70 },
    ];
    const forecast = { growthMbPerHour: 3, quotaInHours: 3.3 };
    const memory = { quotaMb: 100, usage, level: "critical", forecast, optimizationEnabled: false } as const;
    const health: Health = describeWith({ news, memory });
    expect(health).toMatchObject({ status: "degraded", memoryOptimizationEnabled: false });
    expect(health.memory).toEqual({
      quotaMb: 100,
      usedMb: 90,
      level: "critical",
      percentages: { heapUsage: 13, systemUsage: 90 },
      processes: [
        { name: "runner", pid: 1, usedMb: 20, heapUsedMb: null, heapLimitMb: null },
        { name: "bot", pid: 2, usedMb: 70, heapUsedMb: 30, heapLimitMb: 240 },
      ],
      forecast,
    });
  });

  test("adds up the heaps of the workers that live", () => {
    const news = wellNews();
    news.heaps.set("bot", { usedBytes: 30, limitBytes: 100 });
    news.heaps.set("keeper", { usedBytes: 10, limitBytes: 100 });
    expect(describeWith({ news }).memory.percentages.heapUsage).toBe(20);
    forgetChild(news, "keeper");
    expect(describeWith({ news }).memory.percentages.heapUsage).toBe(30);
  });
});

describe("when a child dies", () => {
  test("its QR is void, but a paired session stays paired", () => {
    const news = wellNews();
    forgetChild(news, "bot");
    expect(news.pairing).toEqual({ state: "paired" });
    news.pairing = { state: "qr", qr: "x", expiresAt: 1 };
    forgetChild(news, "bot");
    expect(news.pairing).toEqual({ state: "none" });
  });

  test("the backup's database counts as unreachable", () => {
    const news = wellNews();
    forgetChild(news, "backup");
    expect(describeWith({ news }).databaseConnected).toBe(false);
  });
});
