import { readPreKey, readSignedPreKey, writeBundle } from "../signal/bundle.ts";
import { takeBundle } from "../messages/pre-keys.ts";
import { child, childBytes, childrenNamed, stanza, unsigned } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import { parseJid } from "../world/address.ts";
import type { World } from "../world/world.ts";
import { result } from "./answer.ts";
import type { Query, QueryHandler } from "./answer.ts";

const KEY_BUNDLE_TYPE = Buffer.from([5]);
const NOT_FOUND = "404";

/** `encrypt`: pre-key count, upload and digest, rotation of the signed pre-key, and other people's bundles. */
export const answerEncrypt: QueryHandler = (query) => {
  const { node, subject } = query;
  if (node.attrs["type"] === "set") {
    return subject?.tag === "rotate" ? rotate(query, subject) : upload(query);
  }
  switch (subject?.tag ?? "") {
    case "count":
      return result(stanza("count", { value: countOf(query).toString() }));
    case "digest":
      return result(digest(query));
    case "key":
      return result(
        stanza(
          "list",
          {},
          childrenNamed(subject, "user").map((user) => bundleOf(query.world, user)),
        ),
      );
    default:
      return undefined;
  }
};

const countOf = ({ world, device }: Query): number =>
  device.record.keysUploaded ? device.record.preKeys.length : world.firstPreKeyCount;

const upload = ({ world, device, node }: Query) => {
  const { record } = device;
  for (const key of childrenNamed(child(node, "list"), "key")) {
    const preKey = readPreKey(key);
    if (preKey !== undefined) record.preKeys.push(preKey);
  }
  record.identity = childBytes(node, "identity");
  record.signedPreKey = readSignedPreKey(child(node, "skey")) ?? record.signedPreKey;
  record.keysUploaded = true;
  world.changed();
  return result();
};

const rotate = ({ world, device }: Query, subject: Stanza) => {
  device.record.signedPreKey = readSignedPreKey(child(subject, "skey")) ?? device.record.signedPreKey;
  world.changed();
  return result();
};

const digest = ({ device }: Query): Stanza => {
  const { registrationId, identity, signedPreKey, preKeys } = device.record;
  return stanza("digest", {}, [
    stanza("registration", {}, unsigned(registrationId, 4)),
    stanza("type", {}, KEY_BUNDLE_TYPE),
    stanza("identity", {}, identity),
    stanza("skey", {}, [stanza("id", {}, unsigned(signedPreKey.id, 3))]),
    stanza(
      "list",
      {},
      preKeys.map(({ id }) => stanza("id", {}, unsigned(id, 3))),
    ),
  ]);
};

const bundleOf = (world: World, asked: Stanza): Stanza => {
  const jid = asked.attrs["jid"];
  const user = world.directory.find(jid);
  const deviceId = parseJid(jid)?.device ?? 0;
  const device = user?.devices.get(deviceId);
  if (user !== undefined && deviceId === 0) return stanza("user", { jid }, writeBundle(user.endpoint.issueBundle()));
  if (device !== undefined) return stanza("user", { jid }, writeBundle(takeBundle(world, device)));
  return stanza("user", { jid }, [stanza("error", { code: NOT_FOUND, text: "item-not-found" })]);
};
