import { pick, type Random } from "@blacksky/machine";
import type { Notification } from "@blacksky/protocol";
import { notify, OWNER_JID } from "./rig.ts";

const HOUR_MS = 3_600_000;
const FRIENDS = ["491700000001", "491700000002"];
const STRANGERS = ["491700000003", "491700000004"];
const GROUP = "120363000000000001@g.us";
const RECIPIENTS = [...FRIENDS, ...STRANGERS, GROUP, "owner"];

/** What the world knows of one notification that was promised to be sent. */
export interface Promised {
  readonly id: string;
  readonly chat: string;
  readonly text: string;
  /** Not to be sent after, unless a person has it tried again. */
  readonly expiresAt: number | undefined;
  /** It has its place among those of its chat, and is not one for later. */
  inOrder: boolean;
  /** A person had it tried again. */
  retried: boolean;
  /** A person did not want it, and that was committed. */
  cancelled: boolean;
  /** So often it was on the wire when a person did not want it any more, before it could leave once more. */
  relaysAtRecall: number | undefined;
  /** Refusals that it got. */
  readonly refusals: string[];
}

/** With what is handed in. */
export type Draft = Promised & { readonly notification: Notification };

/** Whether the person of this JID never wrote to us. */
export const isStranger = (chat: string): boolean => STRANGERS.some((number) => chat.startsWith(number));

const jidOf = (to: string): string => {
  if (to === "owner") return OWNER_JID;
  return to.includes("@") ? to : `${to}@s.whatsapp.net`;
};

/** A notification to anybody, now or later, for ever or not. */
export const anyDraft = (key: string, now: number, random: Random): Draft => {
  const to = pick(random, RECIPIENTS);
  const isLater = random() < 0.1;
  const expiresAt = random() < 0.1 ? now + Math.floor(random() * HOUR_MS) : undefined;
  const { id, notification } = notify(key, to, {
    priority: Math.floor(random() * 10),
    ...(isLater ? { notBefore: now + Math.floor(random() * HOUR_MS) } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  const known = { id, chat: jidOf(to), text: notification.text, expiresAt, inOrder: !isLater };
  return { ...known, retried: false, cancelled: false, relaysAtRecall: undefined, refusals: [], notification };
};
