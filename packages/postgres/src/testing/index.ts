export { startTestServer } from "./test-server.ts";
export type { TestServer } from "./test-server.ts";
export { selfSign } from "./certificate.ts";
export type { Certificate } from "./certificate.ts";
export { speakTls } from "./speak-tls.ts";
