import { createChannel, linkPorts } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { outbox, type SessionStatus } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import { createNews, type News } from "../health/news.ts";
import { sessionStatus } from "../health/testing/session-status.ts";
import { createNewsWatch } from "./watch-news.ts";

type State = NonNullable<News["connection"]>["state"];

const setUp = (expectsDatabase: boolean) => {
  const news = createNews();
  let told: string[] = [];
  const desk = {
    raise: ({ kind, text }: { kind: string; text: string }) => void told.push(`raise ${kind}: ${text}`),
    eased: (source: string) => void told.push(`eased ${source}`),
    relapsed: (source: string) => void told.push(`relapsed ${source}`),
  };
  const watch = createNewsWatch({ news, desk, expectsDatabase });
  const ports = linkPorts();
  const onViolation = (error: Error): never => {
    throw error;
  };
  const bot = createChannel({ port: ports.child, clock: createFakeClock(), onViolation });
  watch.listen(createChannel({ port: ports.parent, clock: createFakeClock(), onViolation }));

  const take = (): string[] => told.splice(0).map((line) => line.split(":")[0] ?? "");
  const look = (state: State | undefined, phase: SessionStatus["phase"], databaseConnected: boolean): string[] => {
    const picture = { since: 0, reconnectAttempts: 0, nextAttemptAt: null, lastDisconnect: null };
    news.connection = state === undefined ? null : { state, ...picture };
    news.session = sessionStatus(phase, { databaseConnected, lease: { held: true, epoch: 1 } });
    watch.look();
    return take();
  };
  const count = async (dead: number): Promise<string[]> => {
    bot.emit(outbox.counted, { pending: 0, retrying: 0, dead, delivered: 9 });
    await new Promise((resolve) => void setImmediate(resolve));
    const lines = [...told];
    told = [];
    return lines;
  };
  return { watch, look, count, take };
};

describe("the watch on the news", () => {
  test("tells when the connection is well, and when it is not any more", () => {
    const { look } = setUp(true);
    expect(look("open", "active", true)).toEqual(["eased connection", "eased tree", "eased database"]);
    expect(look("backing-off", "active", true)).toEqual(["relapsed connection", "relapsed tree", "eased database"]);
    expect(look(undefined, "standby", true)).toEqual(["relapsed connection", "eased tree", "eased database"]);
  });

  test("raises a database that is away, where there has to be one", () => {
    const expected = setUp(true);
    expected.watch.look();
    expect(expected.take()).toContain("raise database-down");
    expect(expected.look("open", "active", false)).toContain("raise database-down");
    const none = setUp(false);
    expect(none.look("open", "active", false)).toEqual(["eased connection", "eased tree"]);
    none.look("open", "active", true);
    expect(none.look("open", "active", false)).toContain("raise database-down");
  });

  test("raises what the outbox gives up, but not what lay there before the start", async () => {
    const { count } = setUp(true);
    expect(await count(3)).toEqual([]);
    expect(await count(3)).toEqual([]);
    expect(await count(5)).toEqual([
      expect.stringMatching(/^raise dead-letters: The bot has given up 2 of .* 5 lie there/),
    ]);
    expect(await count(4)).toEqual([]);
    expect(await count(0)).toEqual(["eased outbox"]);
    expect(await count(1)).toEqual([expect.stringContaining("given up 1 of")]);
  });
});
