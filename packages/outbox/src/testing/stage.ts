import type { Notification, NotificationState } from "@blacksky/protocol";
import type { Outbox } from "../outbox.ts";
import { createRig, notify, settle, type Rig } from "./rig.ts";
import { createScriptedServer, type OnWire, type ScriptedServer, type ServerScript } from "./scripted-server.ts";

/** Two people, and where they are written to. */
export const ANNA = "491700000001";
export const BEN = "491700000002";
export const jid = (number: string): string => `${number}@s.whatsapp.net`;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** An outbox's surroundings, for tests that tell a story step by step. */
export interface Stage {
  readonly rig: Rig;
  readonly server: ScriptedServer;
  /** What was put on the wire, in order. */
  readonly relayed: readonly OnWire[];
  /** The keys of the same. */
  keys(): string[];
  /** What becomes of messages from now on. */
  fateOf: ServerScript["fateOf"];
  /** Hands a notification in; its id. */
  hand(outbox: Outbox, key: string, to: string, more?: Partial<Notification>): Promise<string>;
  connect(outbox: Outbox): Promise<void>;
  disconnect(outbox: Outbox): Promise<void>;
  pass(ms: number): Promise<void>;
  /** The server answers whatever has arrived. */
  answer(outbox: Outbox, refusal?: string): Promise<void>;
  close(): Promise<void>;
}

/** Where a notification is. */
export const stateOf = (outbox: Outbox, id: string | undefined): NotificationState | undefined =>
  id === undefined ? undefined : outbox.read(id)?.state;

/** A fresh store, and a server that takes everything. */
export const createStage = (): Stage => {
  const rig = createRig();
  const relayed: OnWire[] = [];
  const server = createScriptedServer({
    fateOf: (id) => stage.fateOf(id),
    onRelay: (message) => void relayed.push(message),
  });
  const stage: Stage = {
    rig,
    server,
    relayed,
    keys: () => relayed.map(({ text }) => text.replace("text of ", "")),
    fateOf: () => "arrives",
    async hand(outbox, key, to, more = {}) {
      const { id, notification } = notify(key, to, more);
      await outbox.enqueue(id, notification);
      await settle();
      return id;
    },
    async connect(outbox) {
      outbox.opened(server.connect());
      await settle();
    },
    async disconnect(outbox) {
      server.disconnect();
      outbox.closed();
      await settle();
    },
    async pass(ms) {
      rig.clock.advance(ms);
      await settle();
    },
    async answer(outbox, refusal) {
      for (const message of server.waiting.filter(({ arrived }) => arrived)) {
        server.answer(message);
        outbox.acknowledged(message.id, refusal);
      }
      await settle();
    },
    close: () => rig.close(),
  };
  return stage;
};
