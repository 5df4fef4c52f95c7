import type { HttpSources } from "../sources.ts";

/** What the tests send as `Authorization: Bearer`. */
export const TOKEN = "0123456789abcdef";

const unused = (): never => {
  throw new Error("not asked for here");
};

/** Sources of which a test gives those that it asks for; the others fail when they are asked. */
export const idleSources = (more: Partial<HttpSources>): HttpSources => ({
  health: unused,
  instance: "our-name",
  recordSizes: unused,
  pairing: unused,
  pairingVisited: unused,
  news: unused,
  draining: () => false,
  adminToken: () => TOKEN,
  now: unused,
  notifications: { idOf: unused, notify: unused, read: unused },
  snapshot: unused,
  restore: unused,
  logOut: unused,
  clearSession: unused,
  reconnect: unused,
  restart: unused,
  ...more,
});
