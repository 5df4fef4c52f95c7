export { SESSION_ID } from "./compare-replica.ts";
export { ADMIN_TOKEN, spawnRunner, startTree } from "./tree.ts";
export type { Tree, TreeOptions } from "./tree.ts";
export { waitFor } from "./wait-for.ts";
export { BOT_PHONE, createWorld, FRIEND_PHONE, OWNER_PHONE } from "./world.ts";
export type { Home, World } from "./world.ts";
