import type { Person } from "@blacksky/simulator";
import { describe, expect, test } from "@jest/globals";
import { judgeNotifications, textOf, type Recipient } from "./judge.ts";

// Of a person only what he has seen counts here.
const whoSaw = (...numbers: number[]): Person =>
  ({ received: [{ text: "Pong!" }, ...numbers.map((number) => ({ text: textOf(number) }))] }) as unknown as Person;

const chatOf = (...readers: Person[]): Recipient => ({ to: "1", readers });

const judge = (handed: number[], seen: number[]) => {
  const recipient = chatOf(whoSaw(...seen));
  return judgeNotifications(handed.map((number) => ({ number, recipient })));
};

describe("judgeNotifications", () => {
  test("is content with each once, in its order", () => {
    expect(judge([1, 2, 5], [1, 2, 5])).toEqual({ handed: 3, lost: 0, twice: 0, disordered: 0 });
  });

  test("counts what is missing, what was seen twice, and what came too late", () => {
    expect(judge([1, 2, 3], [1, 3])).toMatchObject({ lost: 1, twice: 0, disordered: 0 });
    expect(judge([1, 2, 3], [1, 2, 2, 3])).toMatchObject({ lost: 0, twice: 1, disordered: 0 });
    expect(judge([1, 2, 3], [2, 3, 1])).toMatchObject({ lost: 0, twice: 0, disordered: 1 });
  });

  test("holds each chat, and each reader of a group, for itself", () => {
    const [ada, ben] = [whoSaw(1, 3, 4), whoSaw(4, 2)];
    const group = chatOf(ada, ben);
    const handed = [
      { number: 1, recipient: chatOf(ada) },
      { number: 2, recipient: chatOf(ben) },
      { number: 3, recipient: group },
      { number: 4, recipient: group },
    ];
    expect(judgeNotifications(handed)).toEqual({ handed: 4, lost: 1, twice: 0, disordered: 0 });
  });
});
