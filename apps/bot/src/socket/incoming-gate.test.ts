import { describe, expect, test } from "@jest/globals";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { EventEmitter } from "node:events";
import { createIncomingGate, type IncomingGate } from "./incoming-gate.ts";
import type { ReadAhead } from "./walk-line.ts";

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

class Source extends EventEmitter {
  isOpen = true;
}

/** A gate before listeners that note what reaches them, and are done with it when the test says so. */
const setUp = (more: { by?: "hand"; readAhead?: ReadAhead } = {}) => {
  const source = new Source();
  const begun: string[] = [];
  const marks: (string | undefined)[] = [];
  const failures: unknown[] = [];
  const open: { id: string; end: (error?: Error) => void }[] = [];
  const listen = async ({ attrs }: BinaryNode): Promise<void> => {
    const id = attrs["id"] ?? "";
    begun.push(id);
    marks.push(attrs["offline"]);
    await new Promise<void>((resolve, reject) => {
      open.push({ id, end: (error) => (error === undefined ? resolve() : reject(error)) });
      if (more.by !== "hand") resolve();
    });
    marks.push(attrs["offline"]);
  };
  const kinds = ["message", "receipt", "notification", "call"];
  // Node's emitter hands no promise on, and the gate takes listeners as Baileys registers them.
  for (const kind of kinds) source.on(`CB:${kind}`, listen as (node: BinaryNode) => void);
  const gate: IncomingGate = createIncomingGate({
    source,
    limits: { perChat: 2, total: 3 },
    readAhead: more.readAhead,
    onFailure: (error) => failures.push(error),
  });
  const arrive = (id: string, attrs: Record<string, string> = {}, kind = "message"): void => {
    source.emit(`CB:${kind}`, { tag: kind, attrs: { id, from: `${id.slice(0, 1)}@lid`, ...attrs } });
  };
  const end = async (id: string, error?: Error): Promise<void> => {
    const index = open.findIndex((one) => one.id === id);
    open.splice(index, 1)[0]?.end(error);
    await settle();
  };
  return { source, gate, begun, marks, failures, arrive, end };
};

describe("the incoming gate", () => {
  test("lets messages in one by one, live ones and the backlog in the order they came", async () => {
    const { arrive, begun, end } = setUp({ by: "hand" });
    arrive("a1", { offline: "0" });
    arrive("b1");
    arrive("a2", { offline: "1" }, "receipt");
    await settle();
    expect(begun).toEqual(["a1"]);
    await end("a1");
    expect(begun).toEqual(["a1", "b1"]);
    await end("b1");
    expect(begun).toEqual(["a1", "b1", "a2"]);
  });

  test("hides from Baileys that a message waited only while it decides where to put it", async () => {
    const { arrive, marks } = setUp();
    arrive("a1", { offline: "7" });
    await settle();
    expect(marks).toEqual([undefined, "7"]);
  });

  test("leaves a call its mark", async () => {
    const { arrive, marks } = setUp();
    arrive("a1", { offline: "7" }, "call");
    await settle();
    expect(marks).toEqual(["7", "7"]);
  });

  test("closed to messages, finishes the one inside and takes none after it, while live receipts still pass", async () => {
    const { gate, arrive, begun, end } = setUp({ by: "hand" });
    arrive("a1");
    arrive("a2");
    await settle();
    let finished = false;
    const closed = gate.closeToMessages().then(() => (finished = true));
    arrive("r1", {}, "receipt");
    arrive("r2", { offline: "0" }, "receipt");
    arrive("a3");
    await end("r1");
    expect([begun, finished]).toEqual([["a1", "r1"], false]);
    await end("a1");
    await closed;
    expect(begun).toEqual(["a1", "r1"]);
  });

  test("closed, takes nothing at all", async () => {
    const { gate, arrive, begun } = setUp();
    await gate.close();
    for (const kind of ["message", "receipt", "notification", "call"]) arrive(kind, {}, kind);
    await gate.closeToMessages();
    await settle();
    arrive("after all", {}, "receipt");
    expect([begun, gate.used]).toEqual([[], false]);
  });

  test("keeps back what arrives on a socket that has gone, and what stood in line before it", async () => {
    const { source, gate, arrive, begun, end } = setUp({ by: "hand" });
    arrive("a1");
    arrive("a2");
    source.isOpen = false;
    arrive("a3");
    await end("a1");
    await gate.close();
    expect(begun).toEqual(["a1"]);
  });

  test("waits for answers when a chat, or everybody, has asked enough", async () => {
    const { gate, source, arrive, begun } = setUp();
    const answers: (() => void)[] = [];
    source.on("CB:message", () => undefined);
    const occupyAll = (): void => gate.occupy(new Promise<void>((resolve) => answers.push(resolve)));
    for (const id of ["a1", "a2", "a3", "b1", "c1"]) {
      arrive(id);
      occupyAll();
      await settle();
    }
    expect(begun).toEqual(["a1", "a2", "b1"]);
    answers[0]?.();
    await settle();
    expect(begun).toEqual(["a1", "a2", "b1", "a3", "c1"]);
  });

  test("reads ahead what is there, waits once until it is safe, and only then lets it be handled", async () => {
    const steps: string[] = [];
    const letters: (() => void)[] = [];
    const read = ({ attrs }: BinaryNode): Promise<void> => {
      steps.push(`read ${attrs["id"] ?? ""}`);
      return attrs["id"] === "b1" ? Promise.reject(new Error("cannot be read yet")) : Promise.resolve();
    };
    const settleReads = (): Promise<void> => {
      steps.push("settle");
      return new Promise((resolve) => letters.push(resolve));
    };
    const { gate, arrive, begun } = setUp({ readAhead: { read, settle: settleReads } });
    arrive("a1", { offline: "0" });
    arrive("b1");
    arrive("c1", { offline: "1" }, "receipt");
    await settle();
    expect([steps, begun]).toEqual([["read a1", "settle"], []]);
    letters.shift()?.();
    await settle();
    expect([steps.slice(2), begun]).toEqual([["read b1", "settle"], ["a1"]]);
    letters.shift()?.();
    await settle();
    expect(begun).toEqual(["a1", "b1", "c1"]);
    arrive("d1");
    await settle();
    // Read, and not acknowledged: it comes again, and is remembered then.
    await gate.closeToMessages();
    letters.shift()?.();
    await settle();
    expect(begun).toEqual(["a1", "b1", "c1"]);
  });

  test("goes on after a stanza that failed, and says so", async () => {
    const { arrive, begun, end, failures } = setUp({ by: "hand" });
    arrive("a1");
    arrive("a2");
    await settle();
    await end("a1", new Error("broken"));
    expect(begun).toEqual(["a1", "a2"]);
    expect(failures).toEqual([new Error("broken")]);
  });

  test("refuses to stand where Baileys does not listen", () => {
    const make = (): IncomingGate => createIncomingGate({ source: new Source(), onFailure: () => undefined });
    expect(make).toThrow(expect.objectContaining({ code: "socket.noListener" }));
  });
});
