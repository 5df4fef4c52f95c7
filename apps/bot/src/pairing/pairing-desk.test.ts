import { describe, expect, test } from "@jest/globals";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import type { Pairing } from "@blacksky/protocol";
import { createPairingDesk } from "./pairing-desk.ts";

const setUp = ({ number, tty = false }: { number?: string; tty?: boolean } = {}) => {
  const published: Pairing[] = [];
  const printed: string[] = [];
  const logged: string[] = [];
  const log = createTestLogger((_level, message) => void logged.push(message));
  const desk = createPairingDesk({
    number,
    publish: (pairing) => published.push(pairing),
    print: tty ? (text) => printed.push(text) : undefined,
    clock: createFakeClock(1000),
    log,
  });
  return { desk, published, printed, logged };
};

const socketWith = (...codes: (string | Error)[]) => {
  const asked: string[] = [];
  const requestPairingCode = (number: string): Promise<string> => {
    asked.push(number);
    const next = codes.shift();
    return typeof next === "string" ? Promise.resolve(next) : Promise.reject(next ?? new Error("none left"));
  };
  return { asked, requestPairingCode };
};

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

describe("the pairing desk", () => {
  test("tells each QR, and prints it only where somebody sits at a terminal", () => {
    const { desk, published, printed, logged } = setUp({ tty: true });
    desk.qrShown(socketWith(), "https://wa.me/x#1", 61_000);
    desk.qrShown(socketWith(), "https://wa.me/x#2", 81_000);
    expect(published).toEqual([
      { state: "qr", qr: "https://wa.me/x#1", expiresAt: 61_000 },
      { state: "qr", qr: "https://wa.me/x#2", expiresAt: 81_000 },
    ]);
    expect(printed).toHaveLength(2);
    expect(printed[0]).toContain("Linked devices");
    expect(logged).toEqual([]);
  });

  test("points to the page once, without the QR, where only a log is kept", () => {
    const { desk, logged } = setUp();
    desk.qrShown(socketWith(), "secret-qr", 0);
    desk.qrShown(socketWith(), "secret-qr", 0);
    expect(logged).toEqual([expect.stringContaining("/pair")]);
    expect(logged.join()).not.toContain("secret-qr");
  });

  test("asks a socket for one code, however many QRs it shows", async () => {
    const { desk, published, printed } = setUp({ number: "4917", tty: true });
    const socket = socketWith("ABCD1234");
    desk.qrShown(socket, "q1", 0);
    desk.qrShown(socket, "q2", 0);
    await settle();
    expect(socket.asked).toEqual(["4917"]);
    expect(published).toEqual([{ state: "code", code: "ABCD1234", expiresAt: 161_000 }]);
    expect(printed[0]).toContain("ABCD-1234");
  });

  test("drops a code that comes when its socket has gone, and asks the next one", async () => {
    const { desk, published } = setUp({ number: "4917" });
    desk.qrShown(socketWith("LATELATE"), "q", 0);
    desk.withdrawn();
    await settle();
    expect(published).toEqual([{ state: "none" }]);
    desk.qrShown(socketWith("GOODGOOD"), "q", 0);
    await settle();
    expect(published.at(-1)).toMatchObject({ code: "GOODGOOD" });
  });

  test("survives a refused code", async () => {
    const { desk, published, logged } = setUp({ number: "4917" });
    desk.qrShown(socketWith(new Error("rate limited")), "q", 0);
    await settle();
    expect(published).toEqual([]);
    expect(logged).toEqual([expect.stringContaining("rate limited")]);
  });

  test("tells that it is linked once", () => {
    const { desk, published } = setUp();
    desk.paired();
    desk.paired();
    desk.withdrawn();
    desk.withdrawn();
    expect(published).toEqual([{ state: "paired" }, { state: "none" }]);
  });
});
