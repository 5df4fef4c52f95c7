import { describe, expect, test } from "@jest/globals";
import type { Health } from "@blacksky/protocol";
import { createFakeClock } from "@blacksky/machine";
import { sampleContext } from "../../test/support/sample-context.ts";
import { sampleHealth } from "../../test/support/sample-health.ts";
import { defineCommand, type CommandContext } from "./command.ts";
import { builtInCommands } from "./index.ts";
import { createCommandRegistry } from "./registry.ts";

const registry = createCommandRegistry(builtInCommands);
const NOW = Date.parse("2026-01-02T00:00:00Z");
const worker = { state: "running", pid: 1, restarts: 0, uptime: 7300 } as const;

const health: Health = {
  ...sampleHealth,
  uptime: 93_784,
  connection: { ...sampleHealth.connection, since: "2026-01-01T23:55:55Z" },
  workers: { bot: worker, keeper: worker, backup: worker },
  queue: { pending: 1, retrying: 1, dead: 0, delivered: 12 },
  memory: { ...sampleHealth.memory, usedMb: 150.4 },
};

const answerTo = async (name: string, more: Partial<CommandContext> = {}): Promise<string> => {
  const replies: string[] = [];
  const clock = createFakeClock(NOW);
  const reply: CommandContext["reply"] = (text) => {
    replies.push(text);
    return Promise.resolve({ status: "accepted" });
  };
  const context = sampleContext(clock, {
    bot: { name: "Sky", prefix: "!", version: "1.2.3", startedAt: NOW },
    receivedAt: NOW - 3,
    commands: registry.commands,
    readHealth: () => Promise.resolve(health),
  });
  await registry.find(name)?.run({ ...context, reply, ...more });
  return replies.join("\n---\n");
};

describe("the commands", () => {
  test("ping tells the round trip and the handling time", async () => {
    expect(await answerTo("ping")).toBe("Pong! 42 ms to WhatsApp and back, 3 ms to handle your message.");
  });

  test("memory tells what each process takes, the largest first, and where growth leads to", async () => {
    const processes = [
      { name: "runner", pid: 1, usedMb: 27.2, heapUsedMb: null, heapLimitMb: null },
      { name: "bot", pid: 2, usedMb: 60, heapUsedMb: 20.4, heapLimitMb: 240 },
    ];
    const forecast = { growthMbPerHour: 12.5, quotaInHours: 3.5 };
    const grown = { ...health, memory: { ...health.memory, processes, forecast } };
    expect(await answerTo("memory", { readHealth: () => Promise.resolve(grown) })).toBe(
      [
        "Memory: 150 MB of 512 MB (29 %), normal",
        "Growth: 12.5 MB an hour; full in about 3 h 30 min",
        "Processes:",
        "   bot: 60 MB, its heap 20 MB of 240 MB",
        "   runner: 27 MB",
      ].join("\n"),
    );
    const unknown = { ...health, memoryOptimizationEnabled: false };
    const words = await answerTo("memory", { readHealth: () => Promise.resolve(unknown) });
    expect(words).toContain("not known yet");
    expect(words).toContain("only measured");
  });

  test("ping is answered even when WhatsApp does not answer the probe", async () => {
    const probe = () => Promise.reject(new Error("No answer."));
    expect(await answerTo("ping", { probe })).toContain("Pong! No answer.");
  });

  test("help and menu list every command with prefix, aliases and whose it is", async () => {
    const text = await answerTo("MENU");
    expect(text).toContain("*Sky*");
    expect(text).toContain("!help (or !menu)");
    expect(text).toContain("!restart · owner only");
    for (const { name, summary } of builtInCommands) {
      expect(text).toContain(`!${name}`);
      expect(text).toContain(summary);
    }
  });

  test("status reads like a report", async () => {
    const text = await answerTo("status");
    expect(text).toContain("*Sky* 1.2.3: ok");
    expect(text).toContain("Connection: open for 4 min 5 s");
    expect(text).toContain("Uptime: 1 d 2 h");
    expect(text).toContain("Session: fully replicated");
    expect(text).toContain("Memory: 150 of 512 MB (normal)");
    expect(text).toContain("keeper: running for 2 h 1 min, 0 restarts");
    expect(text).toContain("12 sent, 2 waiting, 0 given up");
  });

  test("status says so when the runner does not answer", async () => {
    expect(await answerTo("status", { readHealth: () => Promise.reject(new Error("closed")) })).toContain("not known");
  });
});

describe("the registry", () => {
  test("refuses two commands for one word", () => {
    const clash = defineCommand({ name: "x", aliases: ["ping"], summary: "", run: () => Promise.resolve() });
    expect(() => createCommandRegistry([...builtInCommands, clash])).toThrow(/Both ping and x/);
  });
});
