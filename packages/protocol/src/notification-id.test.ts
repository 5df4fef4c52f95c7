import { expect, test } from "@jest/globals";
import { notificationIdOf, randomNotificationId } from "./notification-id.ts";
import { notificationId } from "./outbox.ts";

test("a key makes the same id each time, and another for another session or key", () => {
  const id = notificationIdOf("BLACKSKY-MD", "invoice-1");
  // Written down: an id that is made otherwise in a later version would send again what an earlier one has sent.
  expect(id).toBe("ntf_d5b8802b5324be4f517cd3ef");
  expect(notificationIdOf("BLACKSKY-MD", "invoice-2")).not.toBe(id);
  expect(notificationIdOf("ANOTHER", "invoice-1")).not.toBe(id);
  expect(notificationIdOf('A","B', "C")).not.toBe(notificationIdOf("A", 'B","C'));
});

test("all ids have the form that the protocol demands", () => {
  const ids = ["", "x", "ü".repeat(200)].map((key) => notificationIdOf("s", key));
  const random = Array.from({ length: 50 }, randomNotificationId);
  for (const id of [...ids, ...random]) expect(notificationId.parse(id)).toBe(id);
  expect(new Set([...ids, ...random]).size).toBe(53);
});
