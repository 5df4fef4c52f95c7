import { expect, test } from "@jest/globals";
import { DELIVERY_LIMITS, measureDelivery } from "./delivery.ts";
import { describeLimits } from "./session/figures.ts";

test("the delivery bench measures every figure that has a limit, and counts what both bots lose", async () => {
  const sizes = {
    echo: { people: 2, questions: 3 },
    losses: { people: 2, groups: 1, bursts: 1, questions: 4, stillMs: 3_000 },
    throughput: { singly: 20, inBatches: 100, warmUp: 50 },
    notify: { people: 2, outages: 1, notifications: 4, stillMs: 3_000 },
  };
  const { samples, losses, notifications } = await measureDelivery(1, sizes);
  for (const { figure, of } of DELIVERY_LIMITS) {
    for (const name of [figure, of ?? figure]) {
      expect([name, samples.get(name)]).toEqual([name, [expect.any(Number)]]);
      expect([name, samples.get(name)?.every((value) => value >= 0)]).toEqual([name, true]);
    }
  }
  expect(describeLimits(samples, DELIVERY_LIMITS).split("\n")).toHaveLength(DELIVERY_LIMITS.length);
  expect(losses.map(({ asked, survived }) => [asked, survived])).toEqual([
    [4, 1],
    [4, 1],
  ]);
  expect(notifications.map(({ handed }) => handed)).toEqual([4, 4]);
  expect(notifications[1]).toMatchObject({ lost: 0, twice: 0, disordered: 0 });
});
