export { startTestServer } from "./test-server.ts";
export type { TestServer } from "./test-server.ts";
