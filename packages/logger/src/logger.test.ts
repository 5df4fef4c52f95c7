import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { createBaileysLogger } from "./baileys-logger.ts";
import { createLogger, type LoggerOptions } from "./logger.ts";

const now = (): number => Date.UTC(2026, 10, 22, 10);

const open = (options: Partial<LoggerOptions> = {}, isTTY = false) => {
  const stream = Object.assign(new PassThrough(), { isTTY });
  const logger = createLogger({ system: "bot", json: true, level: "info", secrets: [], stream, now, ...options });
  const text = (): string => String(stream.read() ?? "");
  const lines = (): unknown[] =>
    text()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
  return { logger, text, lines };
};

describe("createLogger", () => {
  test("writes one JSON object a line, our own names first", () => {
    const { logger, text } = open();
    logger.info("Ready.", { generation: 2 });
    expect(text()).toBe(
      `{"time":"2026-11-22T10:00:00.000Z","level":"info","system":"bot","message":"Ready.","generation":2}\n`,
    );
  });

  test("writes only what is urgent enough", () => {
    const { logger, lines } = open({ level: "warn" });
    logger.debug("a");
    logger.info("b");
    logger.warn("c");
    logger.error("d");
    expect(lines()).toMatchObject([{ message: "c" }, { message: "d" }]);
    const silent = open({ level: "silent" });
    silent.logger.error("e");
    expect(silent.lines()).toEqual([]);
  });

  test("a child adds its fields to each line, and the line's own fields win", () => {
    const { logger, lines } = open();
    logger.child({ subsystem: "socket" }).child({ generation: 1 }).info("x", { generation: 2 });
    logger.info("y");
    expect(lines()).toEqual([
      expect.objectContaining({ subsystem: "socket", generation: 2 }),
      expect.not.objectContaining({ subsystem: "socket" }),
    ]);
  });

  test("no field can pose as the line's own time, level, system or message", () => {
    const { logger, lines } = open();
    logger.info("true", { message: "false", level: "error" });
    expect(lines()).toMatchObject([{ message: "true", level: "info", "field.message": "false" }]);
  });

  test("redacts messages and fields before they are written", () => {
    const { logger, text } = open({ secrets: ["sesame-open"] });
    logger.error("sesame-open by 4915112345678@s.whatsapp.net", {
      error: new Error("sesame-open"),
      a: ["sesame-open"],
    });
    expect(text()).not.toMatch(/sesame|49151/);
  });

  test("for people: time, level, where, message, fields; a stack on lines of its own", () => {
    const { logger, text } = open({ json: false, level: "debug" });
    logger.child({ subsystem: "socket" }).warn("Lost.\nTwice\u001B[31m.", { statusCode: 428, why: "a b" });
    expect(text()).toMatch(/^\d\d:00:00\.000 warn {2}bot\/socket Lost\.\n {2}Twice\[31m\. statusCode=428 why="a b"\n$/);
    logger.error("Broke.", { error: new Error("x") });
    expect(text()).toMatch(/Broke\. error\.code=unknown error\.message=x\n {4}Error: x\n {8}at /);
  });

  test("has colour on a terminal, and only there", () => {
    const terminal = open({ json: false }, true);
    terminal.logger.error("x");
    expect(terminal.text()).toContain("\u001B[31merror\u001B[0m");
  });

  test("outlives a standard output that is gone", async () => {
    const gone = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const closed = new Promise((resolve) => gone.once("close", resolve));
    const { logger } = open({ stream: gone });
    logger.info("a");
    await closed;
    expect(() => logger.info("b")).not.toThrow();
  });
});

describe("createBaileysLogger", () => {
  const openBaileys = (level: "trace" | "warn" = "trace") => {
    const { logger, lines } = open({ level: "debug" });
    return { baileys: createBaileysLogger(logger, { level }), lines };
  };

  test("passes the text and harmless fields, and drops nodes, keys and everything else", () => {
    const { baileys, lines } = openBaileys();
    baileys.info({ count: 30, retryCount: 1, key: { id: "x" }, node: { tag: "iq" }, me: { name: "Bob" } }, "uploading");
    const [line] = lines() as Record<string, unknown>[];
    expect(Object.keys(line ?? {})).toEqual(["time", "level", "system", "message", "count", "retryCount"]);
  });

  test("takes text alone, `msg`, and errors under any name", () => {
    const { baileys, lines } = openBaileys();
    baileys.warn("keep alive called");
    baileys.trace({ xml: "<iq/>", msg: "recv xml" });
    baileys.error({ ackErr: new Error("Connection Closed"), trace: "Error: x\n    at y" }, "failed to ack");
    baileys.error(new Error("bare"));
    baileys.info(undefined);
    expect(lines()).toMatchObject([
      { level: "warn", message: "keep alive called" },
      { level: "debug", message: "recv xml" },
      { level: "error", message: "failed to ack", "error.message": "Connection Closed", trace: "Error: x" },
      { level: "error", message: "bare", "error.message": "bare" },
      { level: "info", message: "(no message)" },
    ]);
  });

  test("says nothing below its own level, and its children neither", () => {
    const { baileys, lines } = openBaileys("warn");
    baileys.info("a");
    baileys.child({ class: "baileys", stream: {} }).debug("b");
    baileys.child({ class: "baileys", stream: {} }).error("c");
    expect(baileys.level).toBe("warn");
    expect(lines()).toMatchObject([{ message: "c", class: "baileys" }]);
  });

  test("drops long texts in harmless fields", () => {
    const { baileys, lines } = openBaileys();
    baileys.info({ reason: "x".repeat(65) }, "a");
    expect(lines()).toEqual([expect.not.objectContaining({ reason: expect.anything() })]);
  });
});

describe("what Baileys says of every ended stream", () => {
  test("is no error of its own: the bot tells each end once", () => {
    const { logger, lines } = open();
    const baileys = createBaileysLogger(logger, { level: "warn" });
    baileys.error({}, "stream errored out");
    baileys.error({}, "failed to decrypt message");
    expect(lines()).toMatchObject([{ level: "error", message: "failed to decrypt message" }]);
  });
});
