// WAProto, Baileys' copy of WhatsApp's message types, builds some 670 classes when it is loaded, of which a bot touches a
// few dozen: a fifth of its start and 24 MB. This plugin rewrites each outermost one,
//
//     proto.Message = (function() { … })();
//
// into a property that builds its class when it is first read. Nothing else changes: the classes are the same code, and
// the nested ones are built with the outer. Checked against the untouched file by lazy-waproto.test.ts.
import { readFile } from "node:fs/promises";

const WAPROTO = /[/\\]WAProto[/\\]index\.js$/;
const BEGIN = /^ {4}proto\.(\w+) = \(function\(\) \{$/;
const END = "    })();";

// In front of the imports, which are hoisted anyway.
const HELPER = `const blackskyLazily = (target, name, build) =>
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = build();
      Object.defineProperty(target, name, { configurable: true, enumerable: true, writable: true, value });
      return value;
    },
    set(value) {
      Object.defineProperty(target, name, { configurable: true, enumerable: true, writable: true, value });
    },
  });
`;

/** Fewer than this means that the file has another form than the one this was written for. */
const LEAST_CLASSES = 150;

/**
 * @param {string} source WAProto/index.js
 * @returns {string} the same, with its outermost classes built when they are first read
 */
export const makeLazy = (source) => {
  let open = false;
  let classes = 0;
  const lines = source.split("\n").map((line) => {
    const name = open ? undefined : BEGIN.exec(line)?.[1];
    if (name !== undefined) {
      open = true;
      classes += 1;
      return `    blackskyLazily(proto, "${name}", function() {`;
    }
    if (!open || line !== END) return line;
    open = false;
    return "    });";
  });
  if (open || classes < LEAST_CLASSES) {
    throw new Error(
      `WAProto/index.js has another form than expected (${classes} classes found): look at scripts/bundle/lazy-waproto.mjs.`,
    );
  }
  return `${HELPER}${lines.join("\n")}`;
};

/** esbuild plugin. */
export const lazyWaproto = {
  name: "lazy-waproto",
  setup({ onLoad }) {
    onLoad({ filter: WAPROTO }, async ({ path }) => ({
      contents: makeLazy(await readFile(path, "utf8")),
      loader: "js",
    }));
  },
};
