import type { DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys";

type Logger = (typeof DEFAULT_CONNECTION_CONFIG)["logger"];

const drop = (): void => undefined;

/** Baileys' Signal code wants a logger; what it would say contains addresses and key material, so nothing is kept. */
export const silentLogger: Logger = {
  level: "silent",
  child: () => silentLogger,
  trace: drop,
  debug: drop,
  info: drop,
  warn: drop,
  error: drop,
};
