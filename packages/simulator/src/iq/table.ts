import { children } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import type { World } from "../world/world.ts";
import { activate, removeDevice } from "../session.ts";
import { answerStanza, refusal, result } from "./answer.ts";
import type { Answer, QueryHandler } from "./answer.ts";
import { answerEncrypt } from "./encrypt.ts";
import { answerGroups } from "./groups.ts";
import {
  answerAppState,
  answerBlocklist,
  answerMedia,
  answerNoted,
  answerPicture,
  answerPing,
  answerPrivacy,
  answerProps,
} from "./settings.ts";
import { answerUsync } from "./usync.ts";

const NOT_IMPLEMENTED = 501;

/** `passive`: with `active` the client says that it is ready for its queue. */
const answerPassive: QueryHandler = ({ world, device, subject }) => {
  if (subject?.tag !== "active") return result();
  return { status: "result", content: [], afterwards: () => activate(world, device) };
};

/** `md`: the client unlinks itself. */
const answerDevices: QueryHandler = ({ world, device, subject }) => {
  if (subject?.tag !== "remove-companion-device") return undefined;
  return { status: "result", content: [], afterwards: () => removeDevice(world, device) };
};

const HANDLERS: Record<string, QueryHandler> = {
  abt: answerProps,
  blocklist: answerBlocklist,
  encrypt: answerEncrypt,
  md: answerDevices,
  passive: answerPassive,
  privacy: answerPrivacy,
  "urn:xmpp:whatsapp:dirty": answerNoted,
  usync: answerUsync,
  "w:g2": answerGroups,
  "w:m": answerMedia,
  "w:p": answerPing,
  "w:profile:picture": answerPicture,
  "w:stats": answerNoted,
  "w:sync:app:state": answerAppState,
};

/** Answers a client's query. What the simulator does not know is answered 501 and counted, never ignored. */
export const answerQuery = async (world: World, device: LinkedDevice, node: Stanza): Promise<void> => {
  const { connection } = device;
  const { queryRefusal } = device.faults;
  if (queryRefusal !== undefined) {
    world.events.emit("query.refused", { phone: device.phone, device: device.id, what: node.attrs["xmlns"] ?? "" });
    connection?.send(answerStanza(node, refusal(queryRefusal, "refused")));
    return;
  }
  const [subject] = children(node);
  const namespace = node.attrs["xmlns"] ?? "";
  const known = await HANDLERS[namespace]?.({ world, device, node, subject });
  if (known === undefined) countUnhandled(world, device, `iq ${namespace} ${subject?.tag ?? ""}`.trim());
  const answer: Answer = known ?? refusal(NOT_IMPLEMENTED, "feature-not-implemented");
  if (!device.faults.answersWithheld) connection?.send(answerStanza(node, answer));
  if (answer.status === "result") await answer.afterwards?.();
};

/** Counts a stanza the simulator cannot answer. */
export const countUnhandled = (world: World, device: LinkedDevice, what: string): void => {
  world.ledger.unhandled(what);
  world.events.emit("stanza.unhandled", { phone: device.phone, device: device.id, what });
};
