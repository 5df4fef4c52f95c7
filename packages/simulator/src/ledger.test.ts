import { describe, expect, jest, test } from "@jest/globals";
import { LedgerKeeper, newLedger } from "./ledger.ts";
import type { SeenMessage } from "./world/seen-log.ts";

const FROM = "4915550001@s.whatsapp.net";

const newKeeper = () => {
  const onChange = jest.fn();
  const keeper = new LedgerKeeper(newLedger(), onChange);
  keeper.accepted({ id: "A", direction: "from-client", from: FROM, device: 1, chat: "chat" });
  return { keeper, onChange };
};

const shown = (more: Partial<SeenMessage>): SeenMessage => ({
  id: "A",
  from: FROM,
  chat: "chat",
  type: "text",
  text: "hi",
  at: 0,
  count: 1,
  ...more,
});

describe("LedgerKeeper", () => {
  test("counts what happens to one message under its author and id", () => {
    const { keeper } = newKeeper();
    keeper.accepted({ id: "A", direction: "from-client", from: FROM, device: 1, chat: "chat" });
    keeper.delivered(FROM, "A");
    keeper.receipt(FROM, "A", "retry");
    expect(keeper.entry(FROM, "A")?.acknowledged).toBe(false);
    keeper.receipt(FROM, "A", "delivered");
    keeper.nack(FROM, "A", "500");
    keeper.seen("reader", shown({ quotedId: "Q" }));
    keeper.seen("reader", shown({ count: 2 }));
    expect(keeper.snapshot().messages).toMatchObject([
      {
        sent: 2,
        delivered: 1,
        acknowledged: true,
        receipts: { retry: 1, delivered: 1 },
        nacks: { 500: 1 },
        text: "hi",
        quotedId: "Q",
        seenBy: { reader: { raw: 2, deduplicated: 1 } },
      },
    ]);
  });

  test("counts what its reader saw: once, unless it stands in another chat as well", () => {
    const { keeper } = newKeeper();
    keeper.seen("reader", shown({}));
    keeper.seen("reader", shown({ count: 2, text: "other" }));
    expect(keeper.entry(FROM, "A")).toMatchObject({ text: "hi", seenBy: { reader: { raw: 2, deduplicated: 1 } } });
    keeper.seen("reader", shown({ chat: "elsewhere" }));
    expect(keeper.entry(FROM, "A")?.seenBy).toEqual({ reader: { raw: 3, deduplicated: 2 } });
  });

  test("ignores news of messages it does not know", () => {
    const { keeper, onChange } = newKeeper();
    onChange.mockClear();
    keeper.receipt("nobody", "A", "delivered");
    expect(onChange).not.toHaveBeenCalled();
  });

  test("gives copies that later events do not change, and goes on from a saved ledger", () => {
    const { keeper } = newKeeper();
    const before = keeper.snapshot();
    keeper.delivered(FROM, "A");
    keeper.concurrentSockets(2);
    keeper.concurrentSockets(1);
    expect(before).toMatchObject({ maxConcurrentSockets: 0, messages: [{ delivered: 0 }] });
    const again = new LedgerKeeper(keeper.snapshot(), () => undefined);
    again.delivered(FROM, "A");
    expect(again.snapshot()).toMatchObject({ maxConcurrentSockets: 2, messages: [{ delivered: 2 }] });
  });
});
