/** One message to a person by a way that is not WhatsApp. */
export interface AlertNote {
  /** The same word for the same trouble, such as `logged-out`. */
  readonly kind: string;
  readonly status: "raised" | "recovered";
  /** What happened and what to do, in full sentences. */
  readonly text: string;
  /** Which of the owner's bots: its SESSION_ID. */
  readonly bot: string;
  /** ISO 8601. */
  readonly at: string;
  /** How long the trouble lasted, of one that is over. */
  readonly durationSeconds: number | null;
}

/** What is posted where. The address is a secret: whoever knows it may write into the owner's channel. */
export interface AlertRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The ways in which receivers want it. */
export const RECEIVER_FORMATS = ["json", "ntfy", "slack", "discord", "telegram"] as const;
export type ReceiverFormat = (typeof RECEIVER_FORMATS)[number];

/** Somebody who takes alerts. */
export interface Receiver {
  readonly format: ReceiverFormat;
  /** What is missing in its address, in a sentence that tells nothing of it; `undefined` where nothing is. */
  readonly flaw: string | undefined;
  request(note: AlertNote): AlertRequest;
}

const JSON_TYPE = { "content-type": "application/json" };
const DISCORD_LONGEST = 2_000;
const TELEGRAM_LONGEST = 4_096;
const NTFY_LONGEST_BYTES = 4_096;

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

/** More would arrive as a file. A character that is cut in two goes altogether. */
const cutBytes = (text: string, longest: number): string =>
  Buffer.from(text)
    .subarray(0, longest)
    .toString()
    .replace(/\uFFFD$/, "");

const wordsOf = ({ bot, text }: AlertNote): string => `${bot}: ${text}`;

const json = (url: URL, content: object): AlertRequest => ({
  url: url.href,
  headers: JSON_TYPE,
  body: JSON.stringify(content),
});

type Build = (url: URL, note: AlertNote) => AlertRequest;

const BUILD: Readonly<Record<ReceiverFormat, Build>> = {
  json(url, note) {
    const { durationSeconds, ...rest } = note;
    const words = wordsOf(note);
    const duration = durationSeconds === null ? {} : { durationSeconds };
    return json(url, { ...rest, text: words, content: words, ...duration });
  },
  ntfy(url, note) {
    const isRaised = note.status === "raised";
    return {
      url: url.href,
      headers: {
        // SESSION_ID has only signs that a header may have.
        title: `${note.bot}: ${note.kind}${isRaised ? "" : " is over"}`,
        priority: isRaised ? "high" : "default",
        tags: `${isRaised ? "rotating_light" : "white_check_mark"},${note.kind}`,
      },
      body: cutBytes(note.text, NTFY_LONGEST_BYTES),
    };
  },
  slack: (url, note) =>
    json(url, { text: wordsOf(note).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;") }),
  discord: (url, note) =>
    // Nobody is called by name, whatever stands in the text.
    json(url, { content: cut(wordsOf(note), DISCORD_LONGEST), allowed_mentions: { parse: [] } }),
  telegram(url, note) {
    const parameters = Object.fromEntries(url.searchParams);
    const target = new URL(url);
    target.search = "";
    if (!target.pathname.endsWith("/sendMessage"))
      target.pathname = `${target.pathname.replace(/\/$/, "")}/sendMessage`;
    return json(target, { ...parameters, text: cut(wordsOf(note), TELEGRAM_LONGEST) });
  },
};

const flawOf = (format: ReceiverFormat, url: URL): string | undefined => {
  if (format === "telegram" && !url.searchParams.has("chat_id")) return "it names no chat: add `?chat_id=…`";
  if (format === "ntfy" && url.pathname === "/") return "it names no topic: add `/your-topic`";
  return undefined;
};

const formatOf = ({ hostname, pathname }: URL): ReceiverFormat => {
  if (hostname === "ntfy.sh") return "ntfy";
  if (hostname === "hooks.slack.com" || hostname === "hooks.slack-gov.com") return "slack";
  if (/(^|\.)discord(app)?\.com$/.test(hostname) && /^\/api\/(v\d+\/)?webhooks\//.test(pathname)) return "discord";
  return hostname === "api.telegram.org" ? "telegram" : "json";
};

/** `fetch` takes no user and password in an address. A password alone is an access token of ntfy's. */
const takeCredentials = (url: URL): Readonly<Record<string, string>> => {
  const { username, password } = url;
  if (username === "" && password === "") return {};
  url.username = "";
  url.password = "";
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
};

/**
 * The receiver behind an address: how it wants alerts is known by its host, or said in front, as in
 * `ntfy+https://ntfy.example.com/topic`.
 */
export const describeReceiver = (address: string): Receiver => {
  const [, named, plain] = /^(?:([a-z]+)\+)?(https?:.*)$/is.exec(address) ?? [];
  const url = new URL(plain ?? address);
  const authorization = takeCredentials(url);
  const format = RECEIVER_FORMATS.find((one) => one === named?.toLowerCase()) ?? formatOf(url);
  return {
    format,
    flaw: flawOf(format, url),
    request(note) {
      const { headers, ...rest } = BUILD[format](url, note);
      return { ...rest, headers: { "user-agent": "BLACKSKY-MD alerts", ...authorization, ...headers } };
    },
  };
};
