import type { Ledger, LedgerEntry, Person } from "@blacksky/simulator";
import type { Place } from "./crowd.ts";

/** A question that somebody has put to a bot. */
export interface Question {
  readonly id: string;
  readonly by: Person;
  readonly place: Place;
  /** What befell the bot meanwhile. */
  readonly fault: string;
}

/** What became of some questions, by what their readers saw. */
export interface Tally {
  readonly asked: number;
  /** The bot has settled them, by a receipt or a refusal, and somebody who should see an answer does not. */
  readonly lost: number;
  /** Nobody has settled them, and somebody does not see an answer. */
  readonly unanswered: number;
  /** Somebody sees more than one answer. */
  readonly twice: number;
}

/** A question that was not answered as it should, for whoever looks for the reason. */
export interface Failing {
  readonly question: Question;
  readonly what: "lost" | "unanswered" | "twice";
  readonly entry: LedgerEntry;
}

export interface Judgement {
  readonly sum: Tally;
  readonly byFault: ReadonlyMap<string, Tally>;
  readonly failing: readonly Failing[];
}

/** Question → reader → how many different answers he sees. */
const countAnswers = ({ messages }: Ledger): Map<string, Map<string, number>> => {
  const answers = new Map<string, Map<string, number>>();
  for (const { direction, quotedId, seenBy } of messages) {
    if (direction !== "from-client" || quotedId === undefined) continue;
    const readers = answers.get(quotedId) ?? new Map<string, number>();
    answers.set(quotedId, readers);
    for (const [reader, { deduplicated }] of Object.entries(seenBy)) {
      readers.set(reader, (readers.get(reader) ?? 0) + deduplicated);
    }
  }
  return answers;
};

/** In a group everybody is to see the answer, once. */
const readersOf = ({ by, place }: Question, isGroup: boolean): readonly Person[] => (isGroup ? place.speakers : [by]);

/** Holds questions against the simulator's ledger. */
export const judgeAnswers = (ledger: Ledger, questions: readonly Question[]): Judgement => {
  const answers = countAnswers(ledger);
  const entries = new Map(ledger.messages.map((entry) => [`${entry.from} ${entry.id}`, entry]));
  const failing: Failing[] = [];
  for (const question of questions) {
    const entry = entries.get(`${question.by.jid} ${question.id}`);
    if (entry === undefined) throw new Error("The ledger does not know a question that was put.");
    const seen = readersOf(question, entry.chat === question.place.to).map(
      ({ phone }) => answers.get(question.id)?.get(phone) ?? 0,
    );
    const isSettled = entry.acknowledged || Object.keys(entry.nacks).length > 0;
    if (seen.includes(0)) failing.push({ question, entry, what: isSettled ? "lost" : "unanswered" });
    if (seen.some((count) => count > 1)) failing.push({ question, entry, what: "twice" });
  }
  const tally = (isMeant: (question: Question) => boolean): Tally => {
    const count = (what: Failing["what"]): number =>
      failing.filter((each) => each.what === what && isMeant(each.question)).length;
    const asked = questions.filter(isMeant).length;
    return { asked, lost: count("lost"), unanswered: count("unanswered"), twice: count("twice") };
  };
  const faults = [...new Set(questions.map(({ fault }) => fault))];
  const byFault = new Map(faults.map((fault) => [fault, tally((question) => question.fault === fault)]));
  return { sum: tally(() => true), byFault, failing };
};
