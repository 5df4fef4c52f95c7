import type { proto } from "@whiskeysockets/baileys";
import { describeError } from "@blacksky/errors";
import { reset, strikes } from "./faults/strike.ts";
import { answerStanza, refusal, result } from "./iq/answer.ts";
import { answerQuery, countUnhandled } from "./iq/table.ts";
import { acceptMessage } from "./messages/accepting.ts";
import { acceptAck, acceptReceipt } from "./messages/settling.ts";
import { Applicant, readRegistration } from "./pairing/applicant.ts";
import type { PairingDesk } from "./pairing/desk.ts";
import { login, refuseConnection } from "./session.ts";
import type { Connection, ConnectionListener } from "./wire/connection.ts";
import type { Stanza } from "./wire/stanza.ts";
import type { LinkedDevice } from "./world/linked-device.ts";
import type { World } from "./world/world.ts";

type Party = { kind: "applicant"; applicant: Applicant } | { kind: "device"; device: LinkedDevice };

/** Stanzas that tell the server something it need not answer. */
const TOLERATED = new Set(["presence", "chatstate", "ib"]);

/** Knows who is behind each connection, and hands its stanzas to the part of the server they are for. */
export class Gateway implements ConnectionListener {
  readonly #world: World;
  readonly #desk: PairingDesk;
  readonly #parties = new Map<Connection, Party>();

  constructor(world: World, desk: PairingDesk) {
    this.#world = world;
    this.#desk = desk;
  }

  async onHello(connection: Connection, payload: proto.ClientPayload, clientStatic: Buffer): Promise<void> {
    this.#world.events.emit("socket.opened", { connection: connection.id });
    const pairing = payload.devicePairingData;
    if (pairing && !payload.username) {
      const refused = this.#world.standing.takeRefusal();
      if (refused !== undefined) {
        this.#world.events.emit("pairing.rejected", { connection: connection.id, reason: refused.reason });
        refuseConnection(this.#world, connection, refused);
        return;
      }
      const applicant = new Applicant(connection, readRegistration(pairing, clientStatic), this.#world.standing.qrRefs);
      this.#parties.set(connection, { kind: "applicant", applicant });
      this.#desk.admit(applicant);
      return;
    }
    const device = await login(this.#world, connection, payload, clientStatic);
    if (device !== undefined) this.#parties.set(connection, { kind: "device", device });
  }

  async onStanza(connection: Connection, node: Stanza): Promise<void> {
    const party = this.#parties.get(connection);
    if (party?.kind === "applicant") this.#hearApplicant(party.applicant, node);
    if (party?.kind !== "device") return;
    const { device } = party;
    if (device.connection === connection) await this.#hearDevice(device, node);
    // What a replaced session still had under way is no longer its business.
    else this.#world.events.emit("stanza.outdated", { phone: device.phone, device: device.id, what: node.tag });
  }

  onClosed(connection: Connection, error: unknown): void {
    const party = this.#parties.get(connection);
    this.#parties.delete(connection);
    const problem = error === undefined ? {} : { problem: describeError(error) };
    if (party?.kind === "applicant") this.#desk.leave(party.applicant);
    if (party?.kind !== "device") {
      this.#world.events.emit("socket.closed", { connection: connection.id, ...problem });
      return;
    }
    const { device } = party;
    if (device.connection === connection) {
      device.connection = undefined;
      device.active = false;
    }
    const facts = { connection: connection.id, phone: device.phone, device: device.id };
    this.#world.events.emit("socket.closed", { ...facts, ...problem });
  }

  /** Cuts connections without a word: those of one phone, or all. Returns how many. */
  drop(phone?: string): number {
    const cut = [...this.#parties].filter(([connection, party]) => {
      if (!connection.open) return false;
      return phone === undefined || (party.kind === "device" && party.device.phone === phone);
    });
    for (const [connection] of cut) connection.terminate();
    return cut.length;
  }

  #hearApplicant(applicant: Applicant, node: Stanza): void {
    if (this.#desk.accept(applicant, node) || node.tag !== "iq") return;
    const answer = node.attrs["xmlns"] === "w:p" ? result() : refusal(501, "feature-not-implemented");
    if (answer.status === "error") this.#world.ledger.unhandled(`iq ${node.attrs["xmlns"] ?? ""} before login`);
    applicant.connection.send(answerStanza(node, answer));
  }

  async #hearDevice(device: LinkedDevice, node: Stanza): Promise<void> {
    if (device.active && strikes(this.#world, device, "reset-on-stanza", device.faults.resets.stanza)) {
      reset(device);
      return;
    }
    switch (node.tag) {
      case "iq":
        // What answers a query of the server needs no answer.
        if (node.attrs["type"] === "get" || node.attrs["type"] === "set") await answerQuery(this.#world, device, node);
        return;
      case "message":
        acceptMessage(this.#world, device, node);
        return;
      case "receipt":
        await acceptReceipt(this.#world, device, node);
        return;
      case "ack":
        acceptAck(this.#world, device, node);
        return;
      default:
        if (!TOLERATED.has(node.tag)) countUnhandled(this.#world, device, node.tag);
    }
  }
}
