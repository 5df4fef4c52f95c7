import type { Account, Person, Phone } from "./contract.ts";
import { say } from "./messages/composing.ts";
import type { PairingDesk } from "./pairing/desk.ts";
import { ask, received, waitForMessage } from "./phone.ts";
import type { LinkedDevice } from "./world/linked-device.ts";
import type { User } from "./world/user.ts";
import type { World } from "./world/world.ts";

/** A user's phone as callers see it. */
const phoneView = (world: World, user: User): Phone => ({
  phone: user.phone,
  jid: user.jid,
  lid: user.lid,
  get received() {
    return received(user);
  },
  waitForMessage: async (match, deadlineMs) => waitForMessage(world, user, match, deadlineMs),
  forgetSessions: () => {
    user.endpoint.forgetSessions();
  },
});

const deviceView = (device: LinkedDevice) => ({
  id: device.id,
  jid: device.jid,
  online: device.online,
  queued: device.queue.entries.length,
  logins: device.record.logins,
  maxConcurrentSockets: device.record.maxConcurrentSockets,
});

/** Adds to a view what is computed anew at each reading; spreading would freeze it. */
const extend = <A extends object, B extends object>(base: A, more: B): A & B =>
  Object.defineProperties(base, Object.getOwnPropertyDescriptors(more)) as A & B;

/** A person as callers see him. */
export const personView = (world: World, user: User): Person =>
  extend(phoneView(world, user), {
    say: async (to: string, text: string) => say(world, user, to, text),
    ask: async (to: string, text: string, deadlineMs: number) => ask(world, user, to, text, deadlineMs),
  });

/** An account as callers see it. */
export const accountView = (world: World, desk: PairingDesk, user: User): Account =>
  extend(phoneView(world, user), {
    scanQr: async (qr: string) => desk.scanQr(user, qr),
    enterPairingCode: async (code: string) => desk.enterCode(user, code),
    get online() {
      return [...user.devices.values()].some((device) => device.online);
    },
    get devices() {
      return [...user.devices.values()].map(deviceView);
    },
    send: async (to: string, text: string) => say(world, user, to, text),
  });
