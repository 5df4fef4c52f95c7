import { expect, test } from "@jest/globals";
import { describeChildren } from "./children.ts";

const heapsFor = (quotaMb: number): Record<string, string | undefined> =>
  Object.fromEntries(
    describeChildren((id) => `/${id}.js`, {}, quotaMb).map(({ id, nodeOptions }) => [
      id,
      nodeOptions[0]?.split("=")[1],
    ]),
  );

test("heaps follow the quota, within what each worker needs and can use", () => {
  expect(heapsFor(512)).toEqual({ backup: "97", bot: "225", keeper: "46" });
  expect(heapsFor(128)).toEqual({ backup: "64", bot: "96", keeper: "40" });
  expect(heapsFor(16_384)).toEqual({ backup: "256", bot: "1024", keeper: "64" });
});

test("the session is there before the bot, and the bot before whoever connects it", () => {
  expect(describeChildren((id) => id, {}, 512).map(({ id }) => id)).toEqual(["backup", "bot", "keeper"]);
});
