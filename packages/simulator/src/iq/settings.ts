import { child, childrenNamed, stanza } from "../wire/stanza.ts";
import { refusal, result } from "./answer.ts";
import type { QueryHandler } from "./answer.ts";

const PRIVACY = {
  readreceipts: "all",
  profile: "all",
  status: "all",
  online: "all",
  last: "all",
  groupadd: "all",
  calladd: "all",
  messages: "all",
};

/** `abt`: server-side switches; none are set. */
export const answerProps: QueryHandler = () => result(stanza("props", { protocol: "1", hash: "simulator" }));

/** `blocklist`: nobody is blocked. */
export const answerBlocklist: QueryHandler = () => result(stanza("list"));

/** `privacy`: the settings, and the tokens that clients issue to the people they write to. */
export const answerPrivacy: QueryHandler = ({ node, subject }) => {
  if (node.attrs["type"] === "set") return result();
  if (subject?.tag !== "privacy") return undefined;
  const categories = Object.entries(PRIVACY).map(([name, value]) => stanza("category", { name, value }));
  return result(stanza("privacy", {}, categories));
};

/** `w:sync:app:state`: collections that never have changes; a client's own patches raise the version by one. */
export const answerAppState: QueryHandler = ({ subject }) => {
  if (subject?.tag !== "sync") return undefined;
  const collections = childrenNamed(subject, "collection").map((collection) => {
    const { name, version = "0" } = collection.attrs;
    const patched = child(collection, "patch") === undefined ? 0 : 1;
    return stanza("collection", { name, version: (Number(version) + patched).toString() });
  });
  return result(stanza("sync", {}, collections));
};

/** `w:p`: the keepalive. */
export const answerPing: QueryHandler = () => result();

/** `w:m`: there is no media server; clients report the upload as failed. */
export const answerMedia: QueryHandler = () => refusal(503, "service-unavailable");

/** `w:profile:picture`: nobody has one. */
export const answerPicture: QueryHandler = () => refusal(404, "item-not-found");

/** `w:stats` and the dirty bits: taken note of. */
export const answerNoted: QueryHandler = () => result();
