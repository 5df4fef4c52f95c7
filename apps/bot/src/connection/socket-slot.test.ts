import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import { readCloseReason } from "../socket/close-reason.ts";
import type { SocketHooks, WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import { createSocketSlot } from "./socket-slot.ts";

const dropped = readCloseReason(Object.assign(new Error("gone"), { output: { statusCode: 428 } }), 0);

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

const setUp = (
  more: { endsByItself?: boolean; logOut?: () => Promise<void>; onCut?: (hooks: SocketHooks) => void } = {},
) => {
  const clock = createFakeClock(1000);
  const told: string[] = [];
  const sockets: SocketHooks[] = [];
  const putInOrder: { done: () => void }[] = [];
  const open = (hooks: SocketHooks): WhatsAppSocket => {
    sockets.push(hooks);
    return {
      account: "",
      readEntry: () => undefined,
      prepare: () => Promise.reject(new Error("unused")),
      relay: () => Promise.resolve(),
      probe: () => Promise.resolve(1),
      arrivals: { frames: 0, silentMs: 0 },
      phoneOfLid: () => Promise.resolve(undefined),
      requestPairingCode: () => Promise.resolve("CODE"),
      refreshDevices: () => Promise.resolve(),
      askRestriction: () => Promise.resolve(),
      mender: {
        burnSession: () => Promise.resolve(),
        burnGroup: () => Promise.resolve(),
        renewSessions: () => Promise.resolve([]),
        uploadPreKeys: () => Promise.resolve(),
      },
      closeToMessages: () => {
        told.push("closed to messages");
        return Promise.resolve();
      },
      end: () => {
        if (more.endsByItself !== false) hooks.closed(readCloseReason(undefined, 0));
        return Promise.resolve();
      },
      logOut: more.logOut ?? (() => Promise.resolve()),
      cut: () => {
        told.push("cut");
        more.onCut?.(hooks);
      },
    };
  };
  const slot = createSocketSlot(
    open,
    {
      qrShown: (generation) => void told.push(`qr ${String(generation)}`),
      paired: () => void told.push("paired"),
      opened: (generation) => void told.push(`opened ${String(generation)}`),
      closing: (generation, { code, intentional }) =>
        new Promise((resolve) => {
          const text = `closed ${String(generation)} ${String(code)}${intentional ? " on request" : ""}`;
          putInOrder.push({ done: () => resolve(() => void told.push(text)) });
        }),
      received: () => Promise.resolve(told.push("received")),
      acknowledged: (id) => void told.push(`ack ${id}`),
      delivered: (ids) => void told.push(`delivered ${ids.join(" ")}`),
      restricted: (restriction) => void told.push(`restricted ${String(restriction?.until)}`),
      active: () => void told.push("active"),
      credsChanged: () => void told.push("creds"),
    },
    clock,
  );
  const putAllInOrder = async (): Promise<void> => {
    await settle();
    for (const { done } of putInOrder.splice(0)) done();
    await settle();
  };
  return { clock, told, sockets, slot, putAllInOrder };
};

describe("the socket slot", () => {
  test("describes what is in it", () => {
    const { slot, sockets, clock } = setUp();
    expect(slot.view).toEqual({ socket: "none", generation: 0, since: 1000 });
    clock.advance(5);
    slot.connect(1);
    expect(slot.view).toEqual({ socket: "connecting", generation: 1, since: 1005 });
    clock.advance(5);
    sockets[0]?.qrShown("qr", 0);
    expect(slot.view).toMatchObject({ socket: "pairing", since: 1010 });
    clock.advance(5);
    sockets[0]?.qrShown("another", 0);
    expect(slot.view).toMatchObject({ socket: "pairing", since: 1010 });
    sockets[0]?.opened();
    expect(slot.view).toMatchObject({ socket: "open", since: 1015 });
  });

  test("refuses a second socket until the first is gone and put in order", async () => {
    const { slot, sockets, told, putAllInOrder } = setUp();
    slot.connect(1);
    expect(() => slot.connect(2)).toThrow(expect.objectContaining({ code: "connection.busy" }));
    sockets[0]?.closed(dropped);
    await settle();
    expect(() => slot.connect(2)).toThrow(/still lives/);
    expect(told).toEqual([]);
    await putAllInOrder();
    expect(told).toEqual(["closed 1 428"]);
    slot.connect(2);
    expect(sockets).toHaveLength(2);
  });

  test("drops the news of a socket that has gone", async () => {
    const { slot, sockets, told, putAllInOrder } = setUp();
    slot.connect(1);
    sockets[0]?.closed(dropped);
    await putAllInOrder();
    slot.connect(2);
    const [late] = sockets;
    late?.opened();
    late?.acknowledged("A", undefined);
    late?.delivered(["A"]);
    late?.restricted({ until: null });
    void late?.received([]);
    late?.credsChanged();
    late?.closed(dropped);
    await putAllInOrder();
    expect(told).toEqual(["closed 1 428"]);
    expect(slot.view).toMatchObject({ socket: "connecting", generation: 2 });
  });

  test("ends on request, and says that it was one", async () => {
    const { slot, told, sockets, putAllInOrder, clock } = setUp();
    slot.connect(1);
    sockets[0]?.opened();
    const ended = slot.end("a test", 1);
    await putAllInOrder();
    await ended;
    expect(told).toEqual(["opened 1", "closed 1 428 on request"]);
    expect([slot.openSocket, clock.pending]).toEqual([undefined, 0]);
  });

  test("closes the socket there is to messages, an opening one as well", async () => {
    const { slot, told } = setUp();
    await slot.closeToMessages();
    expect(told).toEqual([]);
    slot.connect(1);
    await slot.closeToMessages();
    expect(told).toEqual(["closed to messages"]);
  });

  test("gets rid of a socket that never says it has ended", async () => {
    const { slot, told, putAllInOrder, clock } = setUp({ endsByItself: false });
    slot.connect(1);
    const ended = slot.end("a test");
    clock.advance(5000);
    await putAllInOrder();
    await ended;
    expect(told).toEqual(["closed 1 428 on request"]);
  });

  test("logs out, and says that it was asked to, whoever says goodbye first", async () => {
    for (const text of ["Intentional Logout", "Stream Errored (conflict)"]) {
      const { slot, told, sockets, putAllInOrder, clock } = setUp();
      slot.connect(1);
      sockets[0]?.opened();
      const gone = slot.logOut();
      await settle();
      sockets[0]?.closed(readCloseReason(Object.assign(new Error(text), { output: { statusCode: 401 } }), 0));
      await putAllInOrder();
      await gone;
      expect(told).toEqual(["opened 1", "closed 1 401 on request"]);
      expect(clock.pending).toBe(0);
    }
  });

  test("does not log out without an open connection, nor when WhatsApp could not be told", async () => {
    const { slot, told, sockets } = setUp({ logOut: () => Promise.reject(new Error("cut")) });
    await expect(slot.logOut()).rejects.toMatchObject({ code: "connection.notOpen" });
    slot.connect(1);
    await expect(slot.logOut()).rejects.toMatchObject({ code: "connection.notOpen" });
    sockets[0]?.opened();
    await expect(slot.logOut()).rejects.toThrow("cut");
    expect(told).toEqual(["opened 1"]);
    expect(slot.view.socket).toBe("open");
  });

  test("is cut at once, and still tells what it had received, but nothing after that", async () => {
    const { slot, sockets, told, putAllInOrder } = setUp({ onCut: (hooks) => void hooks.received([]) });
    slot.connect(1);
    sockets[0]?.opened();
    expect(slot.cut("a test")).toBe(true);
    expect([told, slot.openSocket]).toEqual([["opened 1", "cut", "received"], undefined]);
    void sockets[0]?.received([]);
    sockets[0]?.closed(dropped);
    await putAllInOrder();
    expect(told).toEqual(["opened 1", "cut", "received", "closed 1 428 on request"]);
  });

  test("is cut once, whatever comes of it, and not at all when it is empty", async () => {
    const { slot, told, putAllInOrder } = setUp({ onCut: () => expect(slot.cut("again")).toBe(false) });
    expect(slot.cut("nothing there")).toBe(false);
    slot.connect(1);
    expect(slot.cut("a test")).toBe(true);
    expect(slot.cut("again")).toBe(false);
    await putAllInOrder();
    expect(told).toEqual(["cut", "closed 1 428 on request"]);
  });

  test("is cut for good by the one who means that socket, and by nobody who means another", async () => {
    const { slot, told, putAllInOrder } = setUp();
    slot.connect(2);
    expect(slot.cut("a late order", 1)).toBe(false);
    expect(slot.cut("it is dead", 2)).toBe(true);
    const gone = slot.end("it is dead", 2);
    await putAllInOrder();
    await gone;
    expect(told).toEqual(["cut", "closed 2 428 on request"]);
    expect(slot.view.socket).toBe("none");
  });

  test("leaves another generation's socket alone", async () => {
    const { slot } = setUp();
    slot.connect(2);
    await slot.end("late order", 1);
    expect(slot.view).toMatchObject({ socket: "connecting", generation: 2 });
  });

  test("stays free when a socket cannot even be made", () => {
    const broken = createSocketSlot(
      () => {
        throw new Error("no such host");
      },
      undefined as never,
      createFakeClock(),
    );
    expect(() => broken.connect(1)).toThrow("no such host");
    expect(broken.view.socket).toBe("none");
  });
});
