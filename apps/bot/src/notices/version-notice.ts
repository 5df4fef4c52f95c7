import type { Notice } from "@blacksky/protocol";
import type { Store } from "@blacksky/store";

/** A record and not meta, so that the next machine knows as well which version ran before it. */
const KEY = "connection/version";

/** Compares the version that runs with the one that ran before, and remembers it; `undefined` where nothing is new. */
export const noticeVersion = async (store: Store, version: string): Promise<Notice | undefined> => {
  const bytes = store.get(KEY);
  const before = bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
  if (before === version) return undefined;
  await store.write([{ key: KEY, value: Buffer.from(version) }]);
  if (before === undefined) return undefined;
  return { kind: "updated", importance: "important", text: `I run version ${version} now; before it was ${before}.` };
};
