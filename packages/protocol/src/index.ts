export * as connection from "./connection.ts";
export * as control from "./control.ts";
export * as health from "./health.ts";
export * as outbox from "./outbox.ts";
export * as pairing from "./pairing.ts";
export * as session from "./session.ts";
export type { Health } from "./health.ts";
export type { Pairing } from "./pairing.ts";
export { PROTOCOL_VERSION } from "./version.ts";
