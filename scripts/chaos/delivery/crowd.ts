import { pick, type Random } from "@blacksky/machine";
import type { Group, Person, Simulator } from "@blacksky/simulator";

/** A place where questions are put: a private chat, or a group. */
export interface Place {
  /** The bot's number, or the group's id. */
  readonly to: string;
  readonly speakers: readonly Person[];
}

/** People who talk to one bot, privately and in groups. */
export interface Crowd {
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  /** Somebody, and where he speaks; most speak privately. */
  choose(random: Random): { readonly by: Person; readonly place: Place };
}

export interface CrowdSize {
  readonly people: number;
  readonly groups: number;
}

/** Small enough for what each member's phone has to decrypt on two cores. */
const GROUP_MEMBERS = 6;
const GROUP_SHARE = 0.15;
const FIRST_PHONE = 4_915_551_000_000;

/** Brings people of both kinds of address together. The bot must be linked. */
export const gatherCrowd = async (simulator: Simulator, botPhone: string, size: CrowdSize): Promise<Crowd> => {
  const people: Person[] = [];
  for (let index = 0; index < size.people; index++) {
    const addressing = index % 2 === 0 ? "lid" : "pn";
    people.push(await simulator.addPerson({ phone: String(FIRST_PHONE + index), addressing }));
  }
  const groups: Group[] = [];
  const places: Place[] = [];
  for (let index = 0; index < size.groups; index++) {
    const speakers = people.filter((_, at) => at % size.groups === index).slice(0, GROUP_MEMBERS);
    const members = [botPhone, ...speakers.map(({ phone }) => phone)];
    const group = await simulator.addGroup({ subject: `Group ${String(index)}`, members });
    groups.push(group);
    places.push({ to: group.id, speakers });
  }
  const privately: Place = { to: botPhone, speakers: people };
  return {
    people,
    groups,
    choose(random) {
      const place = places.length > 0 && random() < GROUP_SHARE ? pick(random, places) : privately;
      return { place, by: pick(random, place.speakers) };
    },
  };
};
