import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate that vouches for itself, and its key; both PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const TAG = { boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c, time: 0x17 };
const SEQUENCE = 0x30;
const SET = 0x31;

const der = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), body]);
};

/** Objects by their DER bytes: node:crypto signs, but makes no certificates. */
const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, "hex"));
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid("2a8648ce3d040302"));
const COMMON_NAME = oid("550403");
const BASIC_CONSTRAINTS = oid("551d13");
const ALTERNATIVE_NAMES = oid("551d11");

const time = (at: number): Buffer =>
  der(TAG.time, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`));

const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${(bytes.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${label}-----\n`;

const DAY_MS = 86_400_000;

/** Makes what a server like Heroku's shows: a certificate signed by its own key, for the host names given. */
export const selfSign = (hostNames: readonly string[], now = Date.now()): Certificate => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(TAG.utf8, Buffer.from(hostNames[0] ?? "")))));
  // [2] in a GeneralName is a host.
  const hosts = hostNames.map((hostName) => der(0x82, Buffer.from(hostName)));
  const isAuthority = der(SEQUENCE, der(TAG.boolean, Buffer.of(0xff)));
  const extensions = der(
    SEQUENCE,
    der(SEQUENCE, BASIC_CONSTRAINTS, der(TAG.boolean, Buffer.of(0xff)), der(TAG.octets, isAuthority)),
    der(SEQUENCE, ALTERNATIVE_NAMES, der(TAG.octets, der(SEQUENCE, ...hosts))),
  );
  const content = der(
    SEQUENCE,
    der(0xa0, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, Buffer.concat([Buffer.of(0x01), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, time(now - DAY_MS), time(now + DAY_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = der(TAG.bits, Buffer.of(0), sign("sha256", content, privateKey));
  return {
    certificate: pem("CERTIFICATE", der(SEQUENCE, content, ECDSA_WITH_SHA256, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
};
