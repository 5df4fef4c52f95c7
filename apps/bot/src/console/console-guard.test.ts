import { describe, expect, test } from "@jest/globals";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { installConsoleGuard } from "./console-guard.ts";

const recordingConsole = (): { target: Console; written: () => string } => {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { target: new Console(stream, stream), written: () => text };
};

describe("the console guard", () => {
  test("drops and counts whatever is printed, by every method", () => {
    const { target, written } = recordingConsole();
    const guard = installConsoleGuard(target);
    target.log("Closing session:", { privKey: "secret" });
    target.info("SessionEntry");
    target.warn("w");
    target.error("e");
    target.debug("d");
    target.dir({ rootKey: "r" });
    target.table([{ privKey: 1 }]);
    target.trace("t");
    target.assert(false, "a");
    target.group("g");
    expect(guard.dropped).toBe(10);
    expect(written()).toBe("");
  });

  test("gives the console back when it is taken away", () => {
    const { target, written } = recordingConsole();
    const guard = installConsoleGuard(target);
    guard.restore();
    target.log("heard again");
    expect(written()).toBe("heard again\n");
    expect(guard.dropped).toBe(0);
  });
});
