import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { TroubleState } from "./trouble.ts";

/** What was told of which kind of trouble, kept in DATA_DIR: a runner that starts again and again must not tell it each time. */
export interface AlertMemory {
  readonly known: ReadonlyMap<string, TroubleState>;
  /** Keeps it, as far as the disk allows. */
  keep(troubles: ReadonlyMap<string, TroubleState>): void;
}

const epochMs = z.number().int().nonnegative();
const content = z.object({
  version: z.literal(1),
  troubles: z.array(
    z.object({
      kind: z.string().min(1).max(40),
      /** `null`: it is over. */
      since: epochMs.nullable(),
      told: epochMs.nullable(),
      text: z.string().max(2_000),
    }),
  ),
});

type Kept = z.infer<typeof content>["troubles"][number];

const toKept = (kind: string, state: TroubleState): Kept[] => {
  const isOpen = state.status === "raised" || state.status === "settling";
  // What is only suspected or waits to be told is seen again, if it is still there.
  if (isOpen) return [{ kind, since: state.sinceMs, told: state.toldAtMs, text: state.text }];
  return state.toldAtMs === null ? [] : [{ kind, since: null, told: state.toldAtMs, text: "" }];
};

const toState = ({ since, told, text }: Kept): TroubleState =>
  since === null ? { status: "quiet", toldAtMs: told } : { status: "raised", sinceMs: since, toldAtMs: told, text };

const read = (path: string): Map<string, TroubleState> => {
  try {
    const { troubles } = content.parse(JSON.parse(readFileSync(path, "utf8")));
    return new Map(troubles.map((kept) => [kept.kind, toState(kept)]));
  } catch {
    // None yet, or damaged: then something may be told once more.
    return new Map();
  }
};

/** @param onFailure told when it cannot be kept, each time */
export const openAlertMemory = (dataDir: string, onFailure: (error: unknown) => void): AlertMemory => {
  const path = join(dataDir, "alerts.json");
  let written = "";
  return {
    known: read(path),
    keep(troubles) {
      const text = JSON.stringify({
        version: 1,
        troubles: [...troubles].flatMap(([kind, state]) => toKept(kind, state)),
      });
      if (text === written) return;
      try {
        writeFileSync(`${path}.new`, text, { mode: 0o600 });
        renameSync(`${path}.new`, path);
        written = text;
      } catch (error) {
        onFailure(error);
      }
    },
  };
};
