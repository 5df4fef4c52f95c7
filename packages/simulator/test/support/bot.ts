import { EventEmitter, once } from "node:events";
import { initAuthCreds, makeWASocket } from "@whiskeysockets/baileys";
import type {
  AuthenticationState,
  ConnectionState,
  proto,
  SignalDataSet,
  SignalDataTypeMap,
  UserFacingSocketConfig,
  WAMessage,
  WASocket,
} from "@whiskeysockets/baileys";
import { silentLogger } from "../../src/signal/silent-logger.ts";
import { startSimulator, type Simulator } from "../../src/index.ts";
import { trustRoot } from "./trust.ts";

/** An auth state in memory. `keys` is open, so that a test can damage it. */
export const memoryAuth = () => {
  const keys = new Map<string, unknown>();
  const state: AuthenticationState = {
    creds: initAuthCreds(),
    keys: {
      get: <T extends keyof SignalDataTypeMap>(kind: T, ids: string[]) => {
        const found: Record<string, SignalDataTypeMap[T]> = {};
        for (const id of ids) {
          const value = keys.get(`${kind}/${id}`);
          if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
        }
        return found;
      },
      set: (changes: SignalDataSet) => {
        for (const [kind, values] of Object.entries(changes)) {
          for (const [id, value] of Object.entries(values ?? {})) {
            if (value === null) keys.delete(`${kind}/${id}`);
            else keys.set(`${kind}/${id}`, value);
          }
        }
      },
    },
  };
  return { state, keys };
};

interface Close {
  code: number | undefined;
  message: string;
  /** Attributes of the stanza that ended it, where there was one. */
  data: unknown;
}

/** What a bot has been shown. */
export interface Shown {
  message: WAMessage;
  text: string;
  type: "notify" | "append";
}

/** What a bot needs to know of a simulator, in this process or another one. */
type Server = Pick<Simulator, "url" | "rootKey">;

/** What pairing needs of a simulator. */
interface PairingServer extends Server {
  addAccount(options: { phone: string }): Promise<{ scanQr(qr: string): Promise<void> }>;
}

/** An unmodified Baileys client that keeps its auth state between connections, and reconnects only when told to. */
export class Bot {
  readonly auth = memoryAuth();
  readonly shown: Shown[] = [];
  readonly updates: { id: string; status: number }[] = [];
  readonly events = new EventEmitter();
  /** Answers a text, quoting it; undefined for no answer. */
  answer: ((text: string) => string | undefined) | undefined;
  socket: WASocket | undefined;
  /** Baileys options that a test shortens. */
  options: Partial<UserFacingSocketConfig> = {};
  readonly #simulator: Server;
  readonly #sent = new Map<string, proto.IMessage>();

  constructor(simulator: Server) {
    this.#simulator = simulator;
    this.events.setMaxListeners(0);
  }

  /** Opens one connection; the returned socket's events arrive in `events`. */
  connect(url = this.#simulator.url): WASocket {
    trustRoot(this.#simulator.rootKey);
    const socket = makeWASocket({
      auth: this.auth.state,
      waWebSocketUrl: url,
      logger: silentLogger,
      qrTimeout: 60_000,
      // Queries that are open when a socket ends keep their timer.
      defaultQueryTimeoutMs: 5000,
      getMessage: async ({ id }) => this.#sent.get(id ?? ""),
      ...this.options,
    });
    this.socket = socket;
    socket.ev.on("creds.update", (update) => Object.assign(this.auth.state.creds, update));
    socket.ev.on("connection.update", (update) => this.#changed(update));
    socket.ev.on("messages.upsert", ({ messages, type }) => {
      for (const message of messages) this.#show(socket, message, type);
    });
    socket.ev.on("messages.update", (updates) => {
      for (const { key, update } of updates) {
        if (typeof update.status !== "number") continue;
        this.updates.push({ id: key.id ?? "", status: update.status });
        this.events.emit("status", key.id, update.status);
      }
    });
    return socket;
  }

  async opened(): Promise<void> {
    await once(this.events, "open", { signal: AbortSignal.timeout(15_000) });
  }

  async closed(deadlineMs = 15_000): Promise<Close> {
    const [close] = (await once(this.events, "close", { signal: AbortSignal.timeout(deadlineMs) })) as [Close];
    return close;
  }

  async qr(): Promise<string> {
    const [qr] = (await once(this.events, "qr", { signal: AbortSignal.timeout(15_000) })) as [string];
    return qr;
  }

  /** Waits until something shown fits. */
  async sees(fits: (shown: Shown) => boolean): Promise<Shown> {
    for (;;) {
      const found = this.shown.find(fits);
      if (found !== undefined) return found;
      await once(this.events, "shown", { signal: AbortSignal.timeout(15_000) });
    }
  }

  /** Waits until one of its own messages has at least this status (3 delivered, 4 read). */
  async status(id: string, status: number): Promise<void> {
    while (!this.updates.some((update) => update.id === id && update.status >= status)) {
      await once(this.events, "status", { signal: AbortSignal.timeout(15_000) });
    }
  }

  async send(to: string, text: string): Promise<string> {
    const sent = await this.socket?.sendMessage(to, { text });
    if (sent?.message) this.#sent.set(sent.key.id ?? "", sent.message);
    return sent?.key.id ?? "";
  }

  /** Asks the server for a sign of life; false when none comes in time. */
  async ping(deadlineMs: number): Promise<boolean> {
    const attrs = { to: "@s.whatsapp.net", type: "get", xmlns: "w:p" };
    const query = this.socket?.query({ tag: "iq", attrs, content: [{ tag: "ping", attrs: {} }] }, deadlineMs);
    return (await query?.catch(() => undefined)) !== undefined;
  }

  /** Connects again; resolves when it is logged in. */
  async reopen(): Promise<void> {
    const opened = this.opened();
    this.connect();
    await opened;
  }

  /** Ends the connection without unlinking. */
  async stop(): Promise<void> {
    const socket = this.socket;
    this.socket = undefined;
    if (socket === undefined || !socket.ws.isOpen) return;
    const closed = this.closed();
    void socket.end(undefined);
    await closed;
    // An event buffer still holding keeps a timer of 30 s.
    socket.ev.flush();
  }

  #changed({ connection, qr, lastDisconnect }: Partial<ConnectionState>): void {
    if (qr !== undefined) this.events.emit("qr", qr);
    if (connection === "open") this.events.emit("open");
    if (connection !== "close") return;
    const error = lastDisconnect?.error as
      | { message?: string; output?: { statusCode?: number }; data?: unknown }
      | undefined;
    this.events.emit("close", { code: error?.output?.statusCode, message: error?.message ?? "", data: error?.data });
  }

  #show(socket: WASocket, message: WAMessage, type: "notify" | "append"): void {
    const text = message.message?.conversation ?? message.message?.extendedTextMessage?.text ?? "";
    this.shown.push({ message, text, type });
    this.events.emit("shown");
    const answer = message.key.fromMe === true || text === "" ? undefined : this.answer?.(text);
    const chat = message.key.remoteJid;
    if (answer === undefined || !chat) return;
    void socket.sendMessage(chat, { text: answer }, { quoted: message }).then((sent) => {
      if (sent?.message) this.#sent.set(sent.key.id ?? "", sent.message);
    });
  }
}

/** Connects a new bot and links it to the account with this number by QR; resolves when it is logged in. */
export const pairByQr = async (simulator: PairingServer, phone: string, bot = new Bot(simulator)): Promise<Bot> => {
  const account = await simulator.addAccount({ phone });
  bot.connect();
  const closed = bot.closed();
  await account.scanQr(await bot.qr());
  await closed;
  await bot.reopen();
  return bot;
};

/** A simulator of a test's own, and a bot that is linked to the account with this number. */
export const startPaired = async (
  phone: string,
): Promise<{ readonly simulator: Simulator; readonly bot: Bot; stop(): Promise<void> }> => {
  const simulator = await startSimulator({ prekeyCount: 1 });
  const bot = await pairByQr(simulator, phone, new Bot(simulator));
  return {
    simulator,
    bot,
    async stop() {
      await bot.stop();
      await simulator.stop();
    },
  };
};
