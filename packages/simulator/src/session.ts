import { randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import { proto } from "@whiskeysockets/baileys";
import { nowSeconds } from "./clock.ts";
import type { StreamError } from "./faults/contract.ts";
import { failureStanza } from "./faults/login-refusal.ts";
import type { LoginRefusal } from "./faults/login-refusal.ts";
import { encryptFor } from "./messages/composing.ts";
import { replay } from "./messages/delivery.ts";
import { encStanza } from "./messages/stanzas.ts";
import type { Connection } from "./wire/connection.ts";
import { SERVER, stanza } from "./wire/stanza.ts";
import type { Stanza } from "./wire/stanza.ts";
import { newMessageId } from "./world/address.ts";
import type { LinkedDevice } from "./world/linked-device.ts";
import type { User } from "./world/user.ts";
import type { World } from "./world/world.ts";

const UNAUTHORIZED: LoginRefusal = { reason: 401 };
const ROUTING_BYTES = 12;

const streamError = ({ code, condition, type }: StreamError): Stanza =>
  stanza("stream:error", { code: code?.toString() }, condition === undefined ? [] : [stanza(condition, { type })]);

/** How the server ends a session, in the form clients recognise. */
export const STREAM_ENDS = {
  restartRequired: (): Stanza => streamError({ code: 515 }),
  replaced: (): Stanza => streamError({ condition: "conflict", type: "replaced" }),
  deviceRemoved: (): Stanza => streamError({ code: 401, condition: "conflict", type: "device_removed" }),
  error: streamError,
  silent: (): Stanza => stanza("xmlstreamend"),
} as const;

/** Says why, then closes the device's connection. False when it has none. */
export const endSession = (device: LinkedDevice, reason: Stanza): boolean => {
  const { connection } = device;
  device.connection = undefined;
  device.active = false;
  if (connection?.send(reason) !== true) return false;
  connection.close();
  return true;
};

/** Lets nobody in: says why, then closes the connection. */
export const refuseConnection = (world: World, connection: Connection, refusal: LoginRefusal): void => {
  world.ledger.increment("rejectedLogins");
  connection.send(failureStanza(refusal));
  connection.close();
};

/**
 * Logs a linked device in by the Noise key it registered with. An older session of the same device is replaced (440).
 * An unknown device is refused with 401, and any as long as a fault wants it; undefined then.
 */
export const login = async (
  world: World,
  connection: Connection,
  payload: proto.ClientPayload,
  clientStatic: Buffer,
): Promise<LinkedDevice | undefined> => {
  const phone = String(payload.username);
  const deviceId = payload.device ?? 0;
  const owner = world.directory.users.find((user) => user.phone === phone);
  const device = owner?.devices.get(deviceId);
  const isLinked = device?.record.noiseKey.equals(clientStatic) === true;
  const refusal = isLinked ? world.standing.takeRefusal(phone) : UNAUTHORIZED;
  if (!isLinked || refusal !== undefined) {
    const { reason } = refusal ?? UNAUTHORIZED;
    world.events.emit("login.rejected", { phone, device: deviceId, reason });
    refuseConnection(world, connection, { ...refusal, reason });
    return undefined;
  }
  // The client of a stalled connection may have left it long ago: then this is no second socket.
  if (device.connection?.stalled === true) await device.connection.hangUp();
  const sockets = device.connection?.open === true ? 2 : 1;
  device.record.maxConcurrentSockets = Math.max(device.record.maxConcurrentSockets, sockets);
  device.record.logins += 1;
  world.ledger.concurrentSockets(sockets);
  world.ledger.increment("logins");
  if (endSession(device, STREAM_ENDS.replaced())) {
    world.events.emit("device.replaced", { phone, device: deviceId });
  }
  device.connection = connection;
  const t = nowSeconds().toString();
  connection.send(stanza("success", { t, lid: device.lid, props: "27", location: "simulator", creation: t }));
  const routing = stanza("routing_info", {}, randomBytes(ROUTING_BYTES));
  connection.send(stanza("ib", { from: SERVER }, [stanza("edge_routing", {}, [routing])]));
  world.events.emit("login.succeeded", { phone, device: deviceId });
  return device;
};

/** The client is ready: it gets its queue, and after its first login the history it would otherwise wait for. */
export const activate = async (world: World, device: LinkedDevice): Promise<void> => {
  if (device.faults.occupied) {
    endSession(device, STREAM_ENDS.replaced());
    world.events.emit("device.replaced", { phone: device.phone, device: device.id });
    return;
  }
  replay(world, device);
  if (!device.record.historySent) await sendHistory(world, device);
};

/**
 * The history-sync notification that ends a client's waiting at its first login. It is not queued, since clients only
 * count it after `<ib><offline>`: until one is acknowledged, each login gets a new one.
 */
const sendHistory = async (world: World, device: LinkedDevice): Promise<void> => {
  const owner = world.directory.user(device.phone);
  const enc = await owner.lane.run(async () =>
    encStanza(await encryptFor(world, owner, device, historyNotification(world, owner))),
  );
  device.connection?.send(
    stanza(
      "message",
      {
        from: owner.jid,
        id: newMessageId(),
        type: "text",
        category: "peer",
        t: nowSeconds().toString(),
        notify: owner.name,
      },
      [enc],
    ),
  );
};

const historyNotification = (world: World, owner: User): proto.IMessage => {
  const history = proto.HistorySync.encode({
    syncType: proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP,
    chunkOrder: 0,
    progress: 100,
    pushnames: world.directory.users
      .filter((user) => user !== owner)
      .map((user) => ({ id: user.jid, pushname: user.name })),
  }).finish();
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
        chunkOrder: 0,
        progress: 100,
        initialHistBootstrapInlinePayload: deflateSync(history),
      },
    },
  };
};

/** Unlinks a device: its session ends with 401, its queue is gone, and it is refused from now on. */
export const removeDevice = (world: World, device: LinkedDevice): void => {
  world.directory.user(device.phone).devices.delete(device.id);
  endSession(device, STREAM_ENDS.deviceRemoved());
  world.events.emit("device.removed", { phone: device.phone, device: device.id });
  world.changed();
};
