import { setTimeout as pause } from "node:timers/promises";
import { Curve } from "@whiskeysockets/baileys";
import { nowSeconds } from "../clock.ts";
import { failure } from "../failure.ts";
import { newMessageId, parseJid } from "../world/address.ts";
import { LinkedDevice } from "../world/linked-device.ts";
import type { User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { child, childBytes, SERVER, stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import { isSignedByDevice, signDevice } from "./adv.ts";
import type { Applicant } from "./applicant.ts";
import { agreeOnAdvSecret, parseCode, unwrapKey, wrapKey } from "./code.ts";
import { parseQr } from "./qr.ts";

const ANSWER_DEADLINE_MS = 15_000;
/** The client awaits the answer to its key bundle before it is ready for `<pair-success>`. */
const SETTLE_MS = 50;
const COMPANION_FINISH = "companion_finish";

/** Where clients wait to be linked, and where the owner's phone comes to link them. */
export class PairingDesk {
  readonly #world: World;
  readonly #applicants = new Set<Applicant>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Shows a new client the refs for its QRs. */
  admit(applicant: Applicant): void {
    this.#applicants.add(applicant);
    const refs = applicant.refs.map((ref) => stanza("ref", {}, Buffer.from(ref)));
    applicant.connection.send(serverIq({ xmlns: "md" }, stanza("pair-device", {}, refs)));
    this.#world.events.emit("pairing.started", { connection: applicant.connection.id });
  }

  leave(applicant: Applicant): void {
    this.#applicants.delete(applicant);
    applicant.close();
  }

  /** Nobody came: ends the streams of all clients that wait. Returns how many. */
  expire(): number {
    const waiting = [...this.#applicants];
    for (const { connection } of waiting) {
      connection.send(stanza("xmlstreamend"));
      connection.close();
    }
    return waiting.length;
  }

  /** Takes what a client sends before it is linked; false for stanzas that have nothing to do with pairing. */
  accept(applicant: Applicant, node: Stanza): boolean {
    const { id = "", type } = node.attrs;
    if (node.tag === "iq" && type === "result") return applicant.resolve(id, node) || true;
    const request = child(node, "link_code_companion_reg");
    if (node.tag !== "iq" || request === undefined) return false;
    if (request.attrs["stage"] === COMPANION_FINISH) return applicant.resolve(COMPANION_FINISH, node);
    const ref = Buffer.from(newMessageId());
    const phone = parseJid(request.attrs["jid"])?.user ?? "";
    const wrappedEphemeral = childBytes(request, "link_code_pairing_wrapped_companion_ephemeral_pub");
    applicant.codeRequest = { phone, wrappedEphemeral, ref };
    const answer = stanza("link_code_companion_reg", {}, [stanza("link_code_pairing_ref", {}, ref)]);
    applicant.connection.send(stanza("iq", { from: SERVER, type: "result", id }, [answer]));
    this.#world.events.emit("pairing.code-requested", { phone });
    return true;
  }

  /** The owner scans a QR. Rejects with `simulator.qr-unknown` when no connected client shows it. */
  async scanQr(owner: User, text: string): Promise<void> {
    const qr = parseQr(text);
    const applicant = [...this.#applicants].find(({ refs }) => refs.includes(qr.ref));
    if (applicant === undefined || !applicant.registration.noiseKey.equals(qr.noiseKey)) {
      throw failure(
        "simulator.qr-unknown",
        "No client connected to this simulator shows this QR.",
        "Scan the newest QR while the client is still connected.",
      );
    }
    await this.#link(owner, applicant, qr.advSecret);
  }

  /** The owner types the code a client shows for his number. Rejects with `simulator.code-wrong` for another code. */
  async enterCode(owner: User, input: string): Promise<void> {
    const code = parseCode(input);
    const applicant = [...this.#applicants].findLast(({ codeRequest }) => codeRequest?.phone === owner.phone);
    const request = applicant?.codeRequest;
    if (applicant === undefined || request === undefined) {
      throw failure(
        "simulator.pairing-failed",
        `No connected client has asked for a pairing code for ${owner.phone}.`,
        "Let the bot request a code for exactly this number first.",
      );
    }
    const companionEphemeral = await unwrapKey(code, request.wrappedEphemeral);
    const phoneEphemeral = Curve.generateKeyPair();
    const accountKey = owner.endpoint.identityKey;
    const wrappedEphemeral = await wrapKey(code, phoneEphemeral.public);
    const finish = applicant.answer(COMPANION_FINISH, ANSWER_DEADLINE_MS);
    applicant.connection.send(primaryHello(wrappedEphemeral, accountKey.public, request.ref));
    const answer = await finish;
    const bundle = childBytes(child(answer, "link_code_companion_reg"), "link_code_pairing_wrapped_key_bundle");
    const agreed = agreeOnAdvSecret({ bundle, phoneEphemeral, companionEphemeral, accountKey });
    const reply = { from: SERVER, id: answer.attrs["id"] };
    if (agreed?.companionIdentity.equals(applicant.registration.identity) !== true) {
      applicant.connection.send(
        stanza("iq", { ...reply, type: "error" }, [stanza("error", { code: "400", text: "bad-request" })]),
      );
      this.#world.events.emit("pairing.failed", { phone: owner.phone, problem: "wrong code" });
      throw failure(
        "simulator.code-wrong",
        "The pairing code is not the one that the client shows.",
        "Type the newest code again.",
      );
    }
    applicant.connection.send(stanza("iq", { ...reply, type: "result" }));
    await pause(SETTLE_MS);
    await this.#link(owner, applicant, agreed.advSecret);
  }

  async #link(owner: User, applicant: Applicant, advSecret: Buffer): Promise<void> {
    const { connection, registration } = applicant;
    const id = owner.nextDeviceId();
    const accountKey = owner.endpoint.identityKey;
    const companionIdentity = registration.identity;
    const signed = signDevice({ accountKey, companionIdentity, advSecret, keyIndex: id });
    const device = new LinkedDevice({
      ...registration,
      id,
      phone: owner.phone,
      lidUser: owner.lidUser,
      preKeys: [],
      keysUploaded: false,
      historySent: false,
      logins: 0,
      maxConcurrentSockets: 0,
      queue: [],
    });
    const success = pairSuccess(device, owner.name, signed.container);
    const answered = applicant.answer(success.attrs["id"] ?? "", ANSWER_DEADLINE_MS);
    connection.send(success);
    const answer = childBytes(child(await answered, "pair-device-sign"), "device-identity");
    const { details } = signed;
    if (!isSignedByDevice(answer, { details, accountPublic: accountKey.public, companionIdentity })) {
      this.#world.events.emit("pairing.failed", { phone: owner.phone, problem: "wrong device signature" });
      connection.close();
      throw failure("simulator.pairing-failed", "The client's device signature is wrong.", "Start pairing again.");
    }
    owner.devices.set(id, device);
    this.#world.ledger.increment("pairings");
    this.#world.events.emit("pairing.succeeded", { phone: owner.phone, device: id });
    connection.send(stanza("stream:error", { code: "515" }));
    connection.close();
  }
}

const serverIq = (attributes: Record<string, string>, content: Stanza): Stanza =>
  stanza("iq", { from: SERVER, type: "set", id: newMessageId(), t: nowSeconds().toString(), ...attributes }, [content]);

const pairSuccess = (device: LinkedDevice, name: string, container: Uint8Array): Stanza =>
  // The client dispatches on the first child's tag only, so <pair-success> stands alone.
  serverIq(
    {},
    stanza("pair-success", {}, [
      stanza("device-identity", {}, container),
      stanza("biz", { name }),
      stanza("device", { jid: device.jid, lid: device.lid }),
      stanza("platform", { name: "android" }),
    ]),
  );

const primaryHello = (wrappedEphemeral: Buffer, accountPublic: Uint8Array, ref: Buffer): Stanza =>
  stanza(
    "notification",
    { from: SERVER, type: "link_code_companion_reg", id: newMessageId(), t: nowSeconds().toString() },
    [
      stanza("link_code_companion_reg", { stage: "primary_hello" }, [
        stanza("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrappedEphemeral),
        stanza("primary_identity_pub", {}, accountPublic),
        stanza("link_code_pairing_ref", {}, ref),
      ]),
    ],
  );
