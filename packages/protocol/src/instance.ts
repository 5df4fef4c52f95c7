import { defineRequest } from "@blacksky/ipc";
import * as z from "zod";

/** What `GET /live` answers with besides its body, so that whoever calls can tell where the call ended up. */
export const LIVE_HEADERS = {
  /** A random name of the process that answers, new at each start; it means nothing to anybody else. */
  instance: "x-blacksky-instance",
  /** `true` when the call came through a router or proxy. */
  forwarded: "x-blacksky-forwarded",
} as const;

/** Any worker to runner: by which name does this runner answer `GET /live`? */
export const read = defineRequest("instance.read", "childToParent", {
  body: z.object({}),
  reply: z.object({ name: z.string().min(1).max(100) }),
});
