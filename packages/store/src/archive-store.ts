import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { BlackskyError } from "@blacksky/errors";
import { translateError } from "./store-errors.ts";

const freePath = (wished: string): string => {
  for (let count = 1; ; count += 1) {
    const path = count === 1 ? wished : `${wished}-${count}`;
    if (!existsSync(path)) return path;
  }
};

/**
 * Moves a store aside, so that its path is free for another one; nothing is deleted, ever. Close it first in every
 * process: one that still has it open goes on writing into the archive.
 *
 * @param reason a few words for the name of the archive
 * @param at the time for the name of the archive
 * @returns the new path
 * @throws BlackskyError `store.missing`, `store.notWritable`
 */
export const archiveStore = async (path: string, reason: string, at: Date = new Date()): Promise<string> => {
  if (!existsSync(path)) throw new BlackskyError("store.missing", `There is no store at ${path} to archive.`);
  const words = reason.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const time = at.toISOString().replaceAll(/[:.]/g, "-");
  const archive = freePath(`${path}.archived-${time}-${words.slice(0, 40)}`);
  try {
    await rename(path, archive);
  } catch (error) {
    throw translateError(path, error);
  }
  return archive;
};
