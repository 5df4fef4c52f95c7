import { stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import type { GroupRecord } from "../world/directory.ts";
import type { User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { refusal, result } from "./answer.ts";
import type { QueryHandler } from "./answer.ts";

/** `w:g2`: a group's metadata, and all groups the account is in. */
export const answerGroups: QueryHandler = ({ world, device, node, subject }) => {
  if (subject?.tag === "participating") {
    const own = world.directory.groups.filter(({ members }) => members.includes(device.phone));
    return result(
      stanza(
        "groups",
        {},
        own.map((group) => metadata(world, group)),
      ),
    );
  }
  if (subject?.tag !== "query") return undefined;
  const group = world.directory.group(node.attrs["to"]);
  if (group === undefined) return refusal(404, "item-not-found");
  return group.members.includes(device.phone) ? result(metadata(world, group)) : refusal(403, "forbidden");
};

const metadata = (world: World, group: GroupRecord): Stanza => {
  const members = world.directory.members(group);
  const time = group.createdAt.toString();
  const creator = members[0] === undefined ? undefined : addressOf(members[0], group);
  return stanza(
    "group",
    {
      id: group.id.split("@")[0],
      subject: group.subject,
      s_t: time,
      s_o: creator,
      creation: time,
      creator,
      addressing_mode: group.addressing,
      size: members.length.toString(),
    },
    members.map((member, index) => participant(member, group, index === 0)),
  );
};

const addressOf = (member: User, group: GroupRecord): string => (group.addressing === "lid" ? member.lid : member.jid);

const participant = (member: User, group: GroupRecord, isCreator: boolean): Stanza => {
  const alternate = group.addressing === "lid" ? { phone_number: member.jid } : { lid: member.lid };
  const type = isCreator ? "superadmin" : undefined;
  return stanza("participant", { jid: addressOf(member, group), ...alternate, type });
};
