import { BlackskyError } from "@blacksky/errors";
import type { SnapshotList } from "@blacksky/protocol";
import { shortId, type ReadableSnapshot } from "./words.ts";

const MANY = 5;

const problem = (code: string, text: string, hint: string): BlackskyError => new BlackskyError(code, text, { hint });

/**
 * The one snapshot that a person means by the beginning of its id, or of its short id.
 *
 * @throws BlackskyError `snapshot.unknown`, `snapshot.ambiguous`, `snapshot.damaged`
 */
export const findSnapshot = ({ snapshots }: SnapshotList, wanted: string, list: string): ReadableSnapshot => {
  const word = wanted.toLowerCase();
  const begins = ({ id }: { readonly id: string }): boolean =>
    [id, shortId(id)].some((name) => name.toLowerCase().startsWith(word));
  const found = snapshots.filter((one) => begins(one));
  const exact = found.find(({ id }) => id.toLowerCase() === word);
  const chosen = exact ?? found[0];
  if (chosen === undefined) throw problem("snapshot.unknown", `There is no snapshot ${wanted}.`, `Send ${list}.`);
  if (exact === undefined && found.length > 1) {
    const names = found.slice(0, MANY).map(({ id }) => shortId(id));
    throw problem(
      "snapshot.ambiguous",
      `Several snapshots begin with ${wanted}: ${names.join(", ")}.`,
      "Say more of it.",
    );
  }
  if (!chosen.readable) throw problem("snapshot.damaged", `The snapshot ${wanted} is damaged.`, "Choose another one.");
  return chosen;
};
