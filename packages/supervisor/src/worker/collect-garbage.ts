import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Has V8 collect all garbage now, and give back what it can. It stops the process for as long as that takes. */
export const collectGarbage = (): void => {
  if (collect === undefined) {
    // The only way to it without a flag on the command line, which Node does not take from NODE_OPTIONS.
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  collect();
};
