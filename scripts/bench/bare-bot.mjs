// The baseline of `pnpm bench`: Baileys as its own example uses it, with its own file store and reconnect loop, and
// nothing else. Run by hand: node bare-bot.mjs <auth folder> [answer], with WHATSAPP_WS_URL and WHATSAPP_ROOT_KEY set.
// With an answer it gives that to every text, quoting it. With CACHED=1 Baileys' key cache stands before the files, and with
// QUEUE_PORT it sends what is handed in there.
import {
  DisconnectReason,
  makeCacheableSignalKeyStore,
  makeWASocket,
  useMultiFileAuthState,
  WA_CERT_DETAILS,
} from "@whiskeysockets/baileys";

// libsignal prints keys.
for (const name of ["log", "info", "warn", "error", "debug"]) console[name] = () => undefined;

const silent = { level: "silent", child: () => silent };
for (const name of ["trace", "debug", "info", "warn", "error", "fatal"]) silent[name] = () => undefined;

WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(process.env.WHATSAPP_ROOT_KEY, "hex");

const [, , folder, answer] = process.argv;
let current;

const answerAll = (sock, messages) => {
  if (answer === undefined) return;
  for (const quoted of messages) {
    const text = quoted.message?.conversation ?? quoted.message?.extendedTextMessage?.text;
    if (!text || quoted.key.fromMe) continue;
    sock.sendMessage(quoted.key.remoteJid, { text: answer }, { quoted }).catch(() => undefined);
  }
};

const connect = async () => {
  const { state, saveCreds } = await useMultiFileAuthState(folder);
  const { creds, keys } = state;
  const sock = makeWASocket({
    auth: process.env.CACHED ? { creds, keys: makeCacheableSignalKeyStore(keys, silent) } : state,
    logger: silent,
    waWebSocketUrl: process.env.WHATSAPP_WS_URL,
    markOnlineOnConnect: false,
  });
  current = sock;
  sock.ev.on("creds.update", () => void saveCreds());
  // The backlog as well as what comes live: many bots leave the backlog out, and lose all of it.
  sock.ev.on("messages.upsert", ({ messages }) => answerAll(sock, messages));
  sock.ev.on("connection.update", ({ connection, lastDisconnect, qr }) => {
    if (qr) process.send?.({ qr });
    if (connection === "open") process.send?.({ open: true });
    if (connection !== "close") return;
    process.send?.({ closed: true });
    if (lastDisconnect?.error?.output?.statusCode !== DisconnectReason.loggedOut) void connect();
  });
};

await connect();
if (process.env.QUEUE_PORT) {
  const { serveQueue } = await import("./delivery/memory-queue.mjs");
  serveQueue(process.env.QUEUE_PORT, (to, text) => current.sendMessage(`${to}@s.whatsapp.net`, { text }));
}
