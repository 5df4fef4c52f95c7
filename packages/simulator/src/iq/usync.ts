import { bytes, child, children, childrenNamed, stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import { parseJid } from "../world/address.ts";
import type { User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { result } from "./answer.ts";
import type { QueryHandler } from "./answer.ts";

/** `usync`: which devices a user has, his LID, and whether a number is on WhatsApp. */
export const answerUsync: QueryHandler = ({ world, subject }) => {
  if (subject?.tag !== "usync") return undefined;
  const asked = children(child(subject, "query")).map(({ tag }) => tag);
  const users = childrenNamed(child(subject, "list"), "user").map((user) => describe(world, user, asked));
  const { sid, index, last, mode, context } = subject.attrs;
  return result(stanza("usync", { sid, index, last, mode, context }, [stanza("result"), stanza("list", {}, users)]));
};

const describe = (world: World, asked: Stanza, protocols: string[]): Stanza => {
  // Somebody is asked for by JID, or by "+digits" in <contact>.
  const number = bytes(child(asked, "contact")).toString().replaceAll(/\D/g, "");
  const jid = asked.attrs["jid"] ?? `${number}@s.whatsapp.net`;
  const user = world.directory.find(jid);
  const parts = protocols.flatMap((protocol) => describeBy(protocol, user, jid));
  return stanza("user", { jid }, parts);
};

const describeBy = (protocol: string, user: User | undefined, jid: string): Stanza[] => {
  switch (protocol) {
    case "contact":
      return [stanza("contact", { type: user === undefined ? "out" : "in" })];
    case "devices":
      return user === undefined ? [] : [devices(user)];
    case "lid":
      // Somebody asked for by LID gets no second one: the client would log it as an invalid mapping.
      return user === undefined || parseJid(jid)?.server === "lid" ? [] : [stanza("lid", { val: user.lid })];
    case "status":
      return [stanza("status", { t: "0" })];
    case "disappearing_mode":
      return [stanza("disappearing_mode", { duration: "0", t: "0" })];
    default:
      return [];
  }
};

const devices = (user: User): Stanza =>
  stanza("devices", {}, [
    stanza("device-list", {}, [
      stanza("device", { id: "0" }),
      ...[...user.devices.keys()].map((id) => stanza("device", { id: id.toString(), "key-index": id.toString() })),
    ]),
  ]);
