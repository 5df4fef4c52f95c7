import { createChannel, linkPorts } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { expect, test } from "@jest/globals";
import { createPairingVisits } from "./pairing-visits.ts";

test("somebody who comes is told of once, however often the page asks, and again after a minute away", async () => {
  const clock = createFakeClock();
  const ports = linkPorts();
  const onViolation = (error: Error): never => {
    throw error;
  };
  const keeper = createChannel({ port: ports.child, clock, onViolation });
  const ours = createChannel({ port: ports.parent, clock, onViolation });
  let told = 0;
  keeper.on(connection.pairingWanted, () => void (told += 1));
  const arrived = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const visit = createPairingVisits(clock, (id) => (id === "keeper" ? ours : undefined));
  for (let second = 0; second < 300; second += 4) {
    visit();
    clock.advance(4000);
  }
  await arrived();
  expect(told).toBe(1);
  clock.advance(56_000);
  visit();
  await arrived();
  expect(told).toBe(2);
});

test("nobody who decides is no reason to fail", () => {
  expect(createPairingVisits(createFakeClock(), () => undefined)).not.toThrow();
});
