// The baseline of `pnpm bench`: Baileys as its own example uses it, with its own file store and reconnect loop, and
// nothing else. Run by hand: node bare-bot.mjs <auth folder>, with WHATSAPP_WS_URL and WHATSAPP_ROOT_KEY set.
import { DisconnectReason, makeWASocket, useMultiFileAuthState, WA_CERT_DETAILS } from "@whiskeysockets/baileys";

// libsignal prints keys.
for (const name of ["log", "info", "warn", "error", "debug"]) console[name] = () => undefined;

const silent = { level: "silent", child: () => silent };
for (const name of ["trace", "debug", "info", "warn", "error", "fatal"]) silent[name] = () => undefined;

WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(process.env.WHATSAPP_ROOT_KEY, "hex");

const connect = async () => {
  const { state, saveCreds } = await useMultiFileAuthState(process.argv[2]);
  const sock = makeWASocket({
    auth: state,
    logger: silent,
    waWebSocketUrl: process.env.WHATSAPP_WS_URL,
    markOnlineOnConnect: false,
  });
  sock.ev.on("creds.update", () => void saveCreds());
  sock.ev.on("connection.update", ({ connection, lastDisconnect, qr }) => {
    if (qr) process.send?.({ qr });
    if (connection === "open") process.send?.({ open: true });
    if (connection !== "close") return;
    process.send?.({ closed: true });
    if (lastDisconnect?.error?.output?.statusCode !== DisconnectReason.loggedOut) void connect();
  });
};

await connect();
