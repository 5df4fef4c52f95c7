import { describe, expect, test } from "@jest/globals";
import type { Health, RecordSizes } from "@blacksky/protocol";
import type { ChildView } from "@blacksky/supervisor";
import { parseMetrics } from "../../test/parse-metrics.ts";
import { createNews } from "../health/news.ts";
import { describeHealth } from "../health/describe-health.ts";
import { describeHealthMetrics } from "./describe-metrics.ts";
import { describeRecordSizes } from "./describe-record-sizes.ts";
import { renderMetrics } from "./render-metrics.ts";

const healthOf = (session: Partial<Health["session"]> = {}): Health => {
  const usage = [
    { id: "runner", pid: 1, mb: 50 },
    { id: "bot", pid: 2, mb: 100 },
  ];
  const memory = { quotaMb: 512, usage, level: "normal", forecast: null, optimizationEnabled: true } as const;
  const child: ChildView = {
    id: "bot",
    state: "running",
    generation: 4,
    pid: 7,
    restarts: 3,
    startedAt: 1_000,
    lastExit: null,
  };
  const health = describeHealth({
    now: 61_000,
    startedAt: 1_000,
    version: '0.1.0 "beta"\\x',
    sessionId: "SECRET-SESSION",
    news: createNews(),
    children: [child],
    memory,
  });
  return { ...health, session: { ...health.session, ...session } };
};

const sizes = (kind: RecordSizes["kind"], bytes: number, ...classes: number[]): RecordSizes => ({
  kind,
  bytes,
  classes: [...classes, ...Array.from({ length: 11 - classes.length }, () => 0)],
});

describe("metrics", () => {
  test("can be parsed, and say what /health says", () => {
    const health = healthOf({ position: 120, replicatedPosition: 100, lagMs: 1_500, lease: { held: true, epoch: 3 } });
    const found = parseMetrics(renderMetrics(describeHealthMetrics(health)));
    for (const metric of Object.values(found)) expect(metric.help).toMatch(/\.$/);
    const flat = Object.assign({}, ...Object.values(found).map(({ samples }) => samples)) as Record<string, number>;
    expect(flat).toMatchObject({
      blacksky_uptime_seconds: 60,
      'blacksky_build_info{version="0.1.0 \\"beta\\"\\\\x"}': 1,
      'blacksky_connection_state{state="connecting"}': 1,
      'blacksky_connection_state{state="open"}': 0,
      'blacksky_health_status{state="degraded"}': 1,
      blacksky_session_position: 120,
      blacksky_session_replicated_position: 100,
      blacksky_session_replication_lag_seconds: 1.5,
      blacksky_session_lease_held: 1,
      blacksky_session_lease_epoch: 3,
      'blacksky_worker_restarts_total{worker="bot"}': 3,
      'blacksky_worker_running{worker="keeper"}': 0,
      'blacksky_queue_messages{state="pending"}': 0,
      blacksky_memory_used_bytes: 150 * 1024 * 1024,
      'blacksky_process_memory_bytes{process="bot"}': 100 * 1024 * 1024,
    });
    expect(found["blacksky_worker_restarts_total"]?.type).toBe("counter");
    expect(JSON.stringify(found)).not.toContain("SECRET-SESSION");
  });

  test("leave out what is not known, and tell it when it is", () => {
    const names = (health: Health): string[] => Object.keys(parseMetrics(renderMetrics(describeHealthMetrics(health))));
    const before = names(healthOf());
    const after = names(healthOf({ lastSnapshotAt: new Date(1_000).toISOString(), previousKey: "needed" }));
    expect(after.filter((name) => !before.includes(name))).toEqual([
      "blacksky_session_snapshot_age_seconds",
      "blacksky_session_previous_key_needed",
    ]);
  });

  test("show sizes of records as a histogram for each kind", () => {
    const text = renderMetrics([
      describeRecordSizes([sizes("pre-key", 300, 2, 1), sizes("session", 9_000, 0, 0, 0, 0, 4)]),
    ]);
    const { samples } = parseMetrics(text)["blacksky_session_record_bytes"] ?? { samples: {} };
    expect(samples).toMatchObject({
      'blacksky_session_record_bytes_bucket{kind="pre-key",le="64"}': 2,
      'blacksky_session_record_bytes_bucket{kind="pre-key",le="256"}': 3,
      'blacksky_session_record_bytes_bucket{kind="pre-key",le="+Inf"}': 3,
      'blacksky_session_record_bytes_sum{kind="pre-key"}': 300,
      'blacksky_session_record_bytes_count{kind="pre-key"}': 3,
      'blacksky_session_record_bytes_bucket{kind="session",le="1024"}': 0,
      'blacksky_session_record_bytes_bucket{kind="session",le="2048"}': 4,
      'blacksky_session_record_bytes_count{kind="session"}': 4,
    });
    expect(Object.keys(samples)).toHaveLength(2 * 13);
  });

  test("say nothing at all of sizes that are not known", () => {
    expect(renderMetrics([describeRecordSizes([])])).toBe("");
  });
});
