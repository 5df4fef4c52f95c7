import { ADMIN_TOKEN } from "@blacksky/harness";
import { delay, pick, systemClock, type Random } from "@blacksky/machine";
import { textOf, type Handed, type Recipient } from "./judge.ts";

const ACCEPTED = 202;
const AGAIN_MS = 150;
const ANSWER_MS = 10_000;
const LANES = 8;
const LONGEST_GAP_MS = 200;

/** One that whoever notifies wants to be rid of. */
export interface Note {
  readonly to: string;
  readonly text: string;
  readonly key: string;
}

const post = async (url: string, note: Note): Promise<number> => {
  const reply = await fetch(`${url}/api/notifications`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(note),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  await reply.arrayBuffer();
  return reply.status;
};

/**
 * Hands a notification in until it is accepted, as anybody does who has heard no 202: under the same key, so that it does not
 * matter whether an earlier attempt was taken after all. Resolves with the number of attempts.
 *
 * @param urlNow where the tree listens at the moment; undefined while there is none
 * @throws when it is refused for what it is
 */
export const handIn = async (urlNow: () => string | undefined, note: Note): Promise<number> => {
  for (let attempt = 1; ; attempt++) {
    const url = urlNow();
    const status = url === undefined ? 0 : await post(url, note).catch(() => 0);
    if (status === ACCEPTED) return attempt;
    if (status >= 400 && status < 500) throw new Error(`A notification was refused with HTTP ${String(status)}.`);
    await delay(systemClock, AGAIN_MS);
  }
};

export interface HandInOptions {
  readonly random: Random;
  readonly recipients: readonly Recipient[];
  /** Where it is handed in at the moment; undefined while there is nobody. */
  readonly urlNow: () => string | undefined;
  /** Told before the first attempt. */
  readonly onHanded: (handed: Handed) => void;
}

/**
 * Hands in several at a time, and for each chat one after the other: that is the order which is to be kept. Resolves with how
 * often one had to be handed in again.
 */
export const handInAll = async (
  { random, recipients, urlNow, onHanded }: HandInOptions,
  numbers: readonly number[],
): Promise<number> => {
  const left = [...numbers];
  const lanes = Array.from({ length: LANES }, (_, lane) => recipients.filter((_each, at) => at % LANES === lane));
  let again = 0;
  const work = async (mine: readonly Recipient[]): Promise<void> => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      const recipient = pick(random, mine);
      onHanded({ number, recipient });
      const note = { to: recipient.to, text: textOf(number), key: `chaos-${String(number)}` };
      again += (await handIn(urlNow, note)) - 1;
      await delay(systemClock, random() * LONGEST_GAP_MS);
    }
  };
  await Promise.all(lanes.filter((mine) => mine.length > 0).map(work));
  return again;
};
