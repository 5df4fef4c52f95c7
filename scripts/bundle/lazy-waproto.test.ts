import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lazyWaproto, makeLazy } from "./lazy-waproto.mjs";

interface MessageType {
  fromObject(object: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): object;
}
type Proto = Record<string, MessageType>;

const here = dirname(fileURLToPath(import.meta.url));
let folder: string;
let untouched: Proto;
let lazy: Proto;

const load = async (name: string, plugins: (typeof lazyWaproto)[]): Promise<Proto> => {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    stdin: { contents: 'export { proto } from "@whiskeysockets/baileys/WAProto/index.js";', resolveDir: here },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    plugins,
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return ((await import(pathToFileURL(outfile).href)) as { proto: Proto }).proto;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lazy-waproto-"));
  untouched = await load("untouched", []);
  lazy = await load("lazy", [lazyWaproto]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const samples: Record<string, object> = {
  Message: {
    extendedTextMessage: { text: "hello", contextInfo: { stanzaId: "3EB0", mentionedJid: ["1@s.whatsapp.net"] } },
    messageContextInfo: { messageSecret: Buffer.alloc(32, 7) },
  },
  HandshakeMessage: { clientHello: { ephemeral: Buffer.alloc(32, 1) } },
  ClientPayload: { username: 4915550000001, passive: true, pull: true, device: 3 },
  HistorySync: { syncType: 0, conversations: [{ id: "1@s.whatsapp.net" }], progress: 100 },
  ADVSignedDeviceIdentity: { details: Buffer.from([1, 2]), deviceSignature: Buffer.alloc(64, 9) },
};

describe("WAProto with lazy classes", () => {
  test("has exactly the names of the untouched one, in their order", () => {
    expect(Object.keys(lazy)).toEqual(Object.keys(untouched));
    expect(Object.keys(lazy).length).toBeGreaterThan(200);
  });

  test("builds nothing until it is read, and each class once", () => {
    const before = Object.getOwnPropertyDescriptor(lazy, "BotMetadata");
    expect(before?.get).toBeDefined();
    expect(lazy["BotMetadata"]).toBe(lazy["BotMetadata"]);
    expect(Object.getOwnPropertyDescriptor(lazy, "BotMetadata")?.get).toBeUndefined();
  });

  test.each(Object.entries(samples))("writes and reads %s as the untouched one does", (name, sample) => {
    const [ours, theirs] = [lazy[name], untouched[name]];
    if (ours === undefined || theirs === undefined) throw new Error(`${name} is missing`);
    const bytes = ours.encode(ours.fromObject(sample)).finish();
    expect(Buffer.from(bytes)).toEqual(Buffer.from(theirs.encode(theirs.fromObject(sample)).finish()));
    const plain = { longs: String, enums: String, bytes: String };
    expect(ours.toObject(ours.decode(bytes), plain)).toEqual(theirs.toObject(theirs.decode(bytes), plain));
  });

  test("describes every class as the untouched one does", () => {
    const shape = (proto: Proto): Record<string, readonly string[]> =>
      Object.fromEntries(
        Object.entries(proto).map(([name, type]) => [name, Object.getOwnPropertyNames(type).toSorted()]),
      );
    expect(shape(lazy)).toEqual(shape(untouched));
  });

  test("is refused for a file of another form", () => {
    expect(() => makeLazy("export const proto = {};")).toThrow(/another form/);
  });
});
