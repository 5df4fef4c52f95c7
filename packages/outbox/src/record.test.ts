import { pick, seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import type { Pardon } from "./notification/refusal.ts";
import type { Course, NotificationMachineState } from "./notification/state.ts";
import { decodeRecord, encodeRecord, type NotificationRecord } from "./record.ts";

const course: Course = {
  attempts: 3,
  rescues: 2,
  pardons: ["stale"],
  expiresAt: 1_800_000_000_000,
  problem: "Nobody answered – twice.",
  changedAt: 1_700_000_000_123,
};

const record = (state: NotificationMachineState, more: Partial<NotificationRecord> = {}): NotificationRecord => ({
  id: "ntf_0123456789abcdef01234567",
  to: "491701234567@s.whatsapp.net",
  priority: 4,
  createdAt: 1_700_000_000_000,
  state,
  text: Buffer.from("Guten Morgen 🌞"),
  ...more,
});

describe("a stored notification", () => {
  test.each<NotificationMachineState>([
    { status: "scheduled", dueAt: 1_700_000_060_000, ...course },
    { status: "available", ...course, problem: null, expiresAt: null, pardons: [] },
    { status: "executing", generation: 0, unwanted: true, ...course, pardons: ["restricted", "stale"] },
    { status: "retryable", dueAt: 1_700_000_060_000, ...course },
    { status: "sent", ...course },
    { status: "delivered", ...course },
    { status: "discarded", ...course },
    { status: "cancelled", ...course },
  ])("comes back as it was written: $status", (state) => {
    for (const more of [{}, { to: "owner", text: new Uint8Array() }]) {
      const written = record(state, more);
      const read = decodeRecord(encodeRecord(written));
      expect({ ...read, text: Buffer.from(read.text) }).toEqual({ ...written, text: Buffer.from(written.text) });
    }
  });

  test("of any other form is refused, and none of it is quoted", () => {
    const good = encodeRecord(record({ status: "sent", ...course }));
    const otherForm = Buffer.concat([Buffer.of(9), good.subarray(1)]);
    const otherState = Buffer.concat([good.subarray(0, 1), Buffer.of(99), good.subarray(2)]);
    for (const bytes of [otherForm, otherState, good.subarray(0, 20), good.subarray(0, 50), Buffer.alloc(0)]) {
      expect(() => decodeRecord(bytes)).toThrow(expect.objectContaining({ code: "outbox.recordCorrupt" }));
      expect(() => decodeRecord(bytes)).toThrow(/^[^@]*$/);
    }
  });

  test("that was damaged anywhere is refused or read, and never anything else (seeds 1 to 50)", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = seededRandom(seed);
      const pardons: Pardon[] = pick(random, [[], ["restricted"]]);
      const bytes = encodeRecord(record({ status: "available", ...course, pardons }));
      for (let count = 0; count < 20; count += 1)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      try {
        decodeRecord(bytes.subarray(0, Math.floor(random() * bytes.length)));
      } catch (error) {
        expect(error).toMatchObject({ code: "outbox.recordCorrupt" });
      }
    }
  });
});
