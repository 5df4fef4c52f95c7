import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { describeError, errorCode } from "@blacksky/errors";
import { after, nowMs } from "../clock.ts";
import { failure } from "../failure.ts";
import { Lane } from "../signal/lane.ts";
import { newSnapshot, parseSnapshot, serializeSnapshot } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

const FILE = "simulator.json";
const COALESCE_MS = 200;
/** A large world is saved less often: at most a tenth of the time goes into saving. */
const DUTY_FACTOR = 10;

/** Keeps the world in a file of the state directory; without a directory it keeps nothing. */
export class StateKeeper {
  readonly #directory: string | undefined;
  readonly #lane = new Lane();
  #take: (() => Snapshot) | undefined;
  #cancel: (() => void) | undefined;
  #lastSaveMs = 0;
  #problem: unknown;

  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** The saved world, or a new one where there is no file. Rejects with `simulator.state-corrupt` for any other file. */
  async load(): Promise<Snapshot> {
    if (this.#directory === undefined) return newSnapshot();
    const path = join(this.#directory, FILE);
    try {
      return parseSnapshot(await readFile(path, "utf8"));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return newSnapshot();
      throw failure(
        "simulator.state-corrupt",
        `The state file ${path} cannot be read.`,
        "Restore it, or move it away to begin with an empty world; devices linked to it must then be paired again.",
        error,
      );
    }
  }

  /** From now on `changed` saves what `take` returns. */
  follow(take: () => Snapshot): void {
    this.#take = take;
  }

  /** Notes a change; several within a moment are saved together. */
  changed(): void {
    if (this.#directory === undefined || this.#take === undefined || this.#cancel !== undefined) return;
    this.#cancel = after(Math.max(COALESCE_MS, this.#lastSaveMs * DUTY_FACTOR), () => {
      this.save().catch((error: unknown) => {
        // Reported by the next flush: a change must not fail because of the disk.
        this.#problem = error;
      });
    });
  }

  /** Writes the world now. Rejects with `simulator.state-unwritable`. */
  async save(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const directory = this.#directory;
    const take = this.#take;
    if (directory === undefined || take === undefined) return;
    await this.#lane.run(async () => {
      const startedAt = nowMs();
      const path = join(directory, FILE);
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const file = await open(`${path}.new`, "w", 0o600);
        await file.writeFile(serializeSnapshot(take()));
        await file.sync();
        await file.close();
        await rename(`${path}.new`, path);
      } catch (error) {
        throw failure(
          "simulator.state-unwritable",
          `The state file ${path} cannot be written: ${describeError(error)}.`,
          "Check the state directory's permissions and the free space.",
          error,
        );
      }
      this.#problem = undefined;
      this.#lastSaveMs = nowMs() - startedAt;
    });
  }

  /** The reason why the last save failed; undefined when it did not. */
  get problem(): unknown {
    return this.#problem;
  }
}
