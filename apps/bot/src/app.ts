import type { Env } from "@blacksky/config";
import { controllerSettings, type ControllerEnv } from "@blacksky/connection";
import { describeError, type ExitCode } from "@blacksky/errors";
import type { Inbox } from "@blacksky/inbox";
import type { Outbox } from "@blacksky/outbox";
import type { Channel } from "@blacksky/ipc";
import { createBaileysLogger, type Logger } from "@blacksky/logger";
import type { Clock, Random } from "@blacksky/machine";
import { connection, control, health, pairing, session, type Pairing } from "@blacksky/protocol";
import { openStore, storePath, type Store } from "@blacksky/store";
import { randomInt } from "node:crypto";
import { builtInCommands } from "./commands/index.ts";
import { createConfirmations } from "./commands/confirmation.ts";
import { createCommandRegistry } from "./commands/registry.ts";
import { obeyOrders, probeSocket, type OrdersOptions } from "./connection/orders.ts";
import { createReopening, type Reopening } from "./connection/reopening.ts";
import { createSocketPermit } from "./connection/socket-permit.ts";
import { readVitals } from "./connection/vitals.ts";
import { createLagMeter } from "./connection/lag-meter.ts";
import { createSocketSlot, type SocketSlot } from "./connection/socket-slot.ts";
import { createTrafficMeter } from "./connection/traffic-meter.ts";
import { createStandIn, type StandIn } from "./connection/stand-in.ts";
import { keepHistory, type HistoryKeeper } from "./history/keep-history.ts";
import { createIntake, type Intake } from "./intake/intake.ts";
import { createNotifier } from "./intake/notifier.ts";
import { createRescuer } from "./intake/rescue.ts";
import { createReadSettler } from "./intake/settle-reads.ts";
import { openNotices } from "./notices/open-notices.ts";
import { outageNotice, type Outage } from "./notices/outage-notice.ts";
import { createPairingDesk } from "./pairing/pairing-desk.ts";
import { openSession, type OpenSession } from "./open-session.ts";
import type { Outgoing } from "./outbox/outgoing.ts";
import { serveOutbox } from "./outbox/serve-outbox.ts";
import type { SendQueue } from "./sending/send-queue.ts";
import { createSessionRepair } from "./repair/session-repair.ts";
import { createSessionOrders, obeySessionOrders, type SessionOrders } from "./session-orders.ts";
import { drain } from "./shutdown.ts";
import { createSlotListener } from "./slot-listener.ts";
import { createClientVersion, type ClientVersion } from "./socket/client-version.ts";
import { createGroupCache } from "./socket/group-cache.ts";
import { openSocket } from "./socket/open-socket.ts";
import type { ReadJournal } from "./socket/journal-reads.ts";
import { createRetryCounters } from "./socket/retry-counters.ts";
import type { SocketParts } from "./socket/socket-config.ts";
import { trustRootKey } from "./socket/trusted-root.ts";
import type { WhatsAppSocket } from "./socket/whatsapp-socket.ts";
import type { SessionStorage } from "./storage/session-storage.ts";
import { exitCodeOfStoreFailure } from "./storage/store-failure.ts";

/** The variables the bot reads. */
export type BotEnv = ControllerEnv &
  Pick<
    Env,
    | "BOT_NAME"
    | "PREFIX"
    | "OWNER_NUMBER"
    | "PAIRING_NUMBER"
    | "DATA_DIR"
    | "SESSION_ID"
    | "WHATSAPP_WS_URL"
    | "WHATSAPP_ROOT_KEY"
    | "INBOX_DURABILITY"
    | "OWNER_NOTICES"
    | "DEBUG"
  >;

export interface BotOptions {
  readonly channel: Channel;
  readonly env: BotEnv;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Writes to the terminal; `undefined` where nobody sits at one. */
  readonly print: ((text: string) => void) | undefined;
  /** The bot cannot go on: end the process in order. */
  readonly onFailure: (code: ExitCode) => void;
}

/** A running bot. It holds no socket until the keeper asks for one. */
export interface Bot {
  /** Memory runs short: lets go of what can be had again. */
  trim(): void;
  /** Finishes what is in hand, ends the socket without logging out, closes the store. */
  stop(deadlineMs: number): Promise<{ unfinished: number }>;
}

/** An answer that takes longer is no use to anybody. */
const PROBE_DEADLINE_MS = 15_000;
/** How long the runner may take to say how everything is, for `.status`. */
const HEALTH_DEADLINE_MS = 5000;
/** How long the runner may take to ask for the lease. */
const LEASE_DEADLINE_MS = 15_000;

const isWhatsApp = ({ WHATSAPP_WS_URL }: BotEnv): boolean => WHATSAPP_WS_URL === undefined;

const useOtherServer = ({ WHATSAPP_WS_URL, WHATSAPP_ROOT_KEY }: BotEnv, log: Logger): void => {
  if (WHATSAPP_WS_URL === undefined) return;
  log.warn("WHATSAPP_WS_URL is set: this bot does NOT talk to WhatsApp but to that server. Meant for the simulator.");
  if (WHATSAPP_ROOT_KEY !== undefined) trustRootKey(WHATSAPP_ROOT_KEY);
};

const openSessionOf = (options: BotOptions, store: Store, onFailure: (error: unknown) => void): OpenSession => {
  const { env, version: build } = options;
  return openSession({ ...options, store, build, owners: env.OWNER_NUMBER, isWhatsApp: isWhatsApp(env), onFailure });
};

const createSocketParts = (
  { channel, env, log, clock }: BotOptions,
  storage: SessionStorage,
  version: ClientVersion,
  journal: ReadJournal,
): SocketParts => ({
  // A getter: after a logout the next socket begins a new session.
  get auth() {
    return storage.auth;
  },
  get version() {
    return version.current;
  },
  logger: createBaileysLogger(log.child({ subsystem: "baileys" }), { level: env.DEBUG ? "debug" : "warn" }),
  retryCounters: createRetryCounters(),
  groups: createGroupCache(clock),
  recall: storage.recall,
  journal,
  settleReads: env.INBOX_DURABILITY === "replicated" ? createReadSettler({ channel, clock, log }) : undefined,
  serverUrl: env.WHATSAPP_WS_URL,
});

/** For a person to type; one guess uses it up. */
const newCode = (): string => String(randomInt(1000, 10_000));

/** What there is only once there is a slot, for which there is to be an intake first. */
interface Late {
  readonly orders: SessionOrders;
  readonly reopening: Reopening;
}

const createCommandIntake = (
  { env, version, clock, log, channel }: BotOptions,
  { queue, inbox, outbox }: { queue: SendQueue; inbox: Inbox; outbox: Outbox },
  openSocketNow: () => WhatsAppSocket | undefined,
  late: () => Late,
): Intake =>
  createIntake({
    inbox,
    bot: { name: env.BOT_NAME, prefix: env.PREFIX, version, startedAt: clock.now() },
    owners: env.OWNER_NUMBER,
    registry: createCommandRegistry(builtInCommands),
    clock,
    log,
    send: (draft) => queue.send(draft),
    notifierFor: (message) => createNotifier(message, env.SESSION_ID, (handed) => outbox.enqueueAll(handed)),
    phoneOfLid: async (lid) => openSocketNow()?.phoneOfLid(lid),
    reach: {
      probe: () => probeSocket(openSocketNow(), PROBE_DEADLINE_MS),
      readHealth: () => channel.request(health.read, {}, { deadlineMs: HEALTH_DEADLINE_MS }),
      requestRestart: (reason) => channel.emit(control.restartRequested, { scope: "bot", reason }),
      reconnect: (reason) => late().reopening.reconnect(reason),
      get session() {
        return late().orders;
      },
      confirmations: createConfirmations(clock, newCode),
      outbox,
    },
  });

const cutSlot = (slot: SocketSlot, log: Logger, reason: string): void => {
  if (!slot.cut(reason)) return;
  log.warn("The lease on the session is over: the socket was cut, so that only one bot speaks for it.");
};

/** The keeper's orders, and those of the one who stands in for it; that one has nobody on its way who asks for the lease. */
const obeyBoth = (
  options: BotOptions,
  own: Omit<OrdersOptions, "channel" | "clock" | "readVitals">,
  { outgoing, history }: { outgoing: Outgoing; history: HistoryKeeper },
): StandIn => {
  const { channel, env, clock, random, log } = options;
  const lag = createLagMeter(clock);
  const parts = { ...own, clock, readVitals: () => readVitals({ slot: own.slot, outgoing, lag }) };
  const mayConnect = (): Promise<unknown> =>
    channel.request(connection.mayConnect, {}, { deadlineMs: LEASE_DEADLINE_MS });
  const standIn = createStandIn({
    ...controllerSettings(env),
    channel,
    onChanged: (picture) => history.see(picture),
    obey: (local) => obeyOrders({ ...parts, channel: local, mayConnect }),
    isEnding: own.isEnding,
    clock,
    random,
    log,
  });
  channel.on(connection.changed, (picture) => history.see(picture));
  channel.handle(connection.overrule, ({ at }) => {
    own.storage.standing.overruled(at);
    return {};
  });
  obeyOrders({ ...parts, channel, onOrder: () => standIn.keeperHeard() });
  return {
    ...standIn,
    stop() {
      lag.stop();
      standIn.stop();
    },
  };
};

/**
 * Composes the bot: the session on the local store, room for one socket, what comes in (commands) and what goes out
 * (answers, and notifications).
 *
 * @throws BlackskyError `store.*` or `session.*` when the session cannot be opened; a new identity is never invented
 */
export const startBot = (options: BotOptions): Bot => {
  const { channel, env, clock, log, print } = options;
  useOtherServer(env, log);
  const store = openStore({ path: storePath(env.DATA_DIR, env.SESSION_ID) });
  let failed = false;
  let ending = false;

  const fail = (error: unknown): void => {
    if (failed) return;
    failed = true;
    ending = true;
    const text = "The session can be kept no longer; the bot stops before anything is lost.";
    log.error(`${text} ${describeError(error)}`, { error });
    outgoing.lock();
    // Cut, and not ended: Baileys would still refuse, for good, what it could not read for want of the store.
    slot.cut("the store failed");
    options.onFailure(exitCodeOfStoreFailure(error));
  };

  const { news, storage, queue, inbox, outbox, outgoing } = openSessionOf(options, store, fail);
  const publish = (shown: Pairing): void => channel.emit(pairing.changed, shown);
  const desk = createPairingDesk({ number: env.PAIRING_NUMBER, publish, print, clock, log });
  const late = (): Late => ({ orders, reopening });
  const intake = createCommandIntake(options, { queue, inbox, outbox }, () => slot.openSocket, late);
  const rescuer = createRescuer({ inbox, intake, clock, log });
  const repair = createSessionRepair({ store, storage, clock, log });
  const tell: Channel["emit"] = (definition, body) => standIn.emit(definition, body);
  const version = createClientVersion({ store, log, isWhatsApp: isWhatsApp(env), onFailure: fail });
  const onOpened = (generation: number): void => reopening.opened(generation);
  const traffic = createTrafficMeter(clock, { commands: () => intake.size, sends: () => outgoing.underWay });
  const hasLease = (): boolean => permit.look() === "running";
  const parties = { storage, desk, outgoing, intake, rescuer, news, repair, traffic, version };
  const listener = createSlotListener({ tell, clock, log, ...parties, hasLease, onOpened });
  const parts = createSocketParts(options, storage, version, inbox);
  const permit = createSocketPermit({ clock, log, cut: (reason) => cutSlot(slot, log, reason) });
  const slot = createSocketSlot((hooks) => openSocket(parts, hooks, clock, permit), listener, clock);
  const reopening = createReopening(channel, slot, clock);

  const orders = createSessionOrders({ channel, slot, storage, desk, log, position: () => store.position });

  storage.forgetHalfDonePairing();
  obeySessionOrders(channel, orders);
  const own = { slot, permit, traffic, storage, isEnding: () => ending };
  const onChange = (): void => news.sessionChanged();
  const notices = openNotices({ env, build: options.version, store, channel, outbox, clock, log });
  const onBack = (outage: Outage): void => notices.tell(outageNotice(outage));
  const history = keepHistory({ store, clock, log, channel, onChange, onBack });
  const standIn = obeyBoth(options, own, { outgoing, history });
  serveOutbox(channel, outbox, hasLease);
  channel.on(session.socketAllowed, ({ until }) => permit.extend(until));
  if (storage.paired) desk.paired();
  else desk.withdrawn();
  channel.emit(connection.executorStarted, {});

  return {
    trim() {
      parts.groups.clear();
      outbox.trim();
    },
    async stop(deadlineMs) {
      ending = true;
      standIn.stop();
      notices.stop();
      const unfinished = await drain({ intake, queue, outgoing, slot, clock }, failed ? 0 : deadlineMs);
      await inbox.flush();
      await outbox.close();
      await storage.settled();
      await history.close();
      permit.stop();
      news.close();
      await store.close();
      return { unfinished };
    },
  };
};
