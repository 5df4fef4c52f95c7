import { renderSVG } from "uqr";
import type { News } from "../health/news.ts";
import { describeConnection } from "./connection-words.ts";

/** How long a browser shows one state before it asks again; a QR lives 20 s. */
const REFRESH_S = 4;
/** Long enough to read why not. */
const REFUSED_S = 12;

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f3f5f4; color: #16211c; }
  main { width: min(22rem, calc(100vw - 4rem)); padding: 1.5rem; border-radius: 1rem; background: #fff; text-align: center;
    box-shadow: 0 1px 3px #0002, 0 8px 24px #0001; }
  h1 { margin: 0 0 .5rem; font-size: 1.25rem; }
  p { margin: .5rem 0; }
  .qr { padding: .75rem; border-radius: .5rem; background: #fff; }
  .qr svg { display: block; width: 100%; height: auto; }
  .code { font: 700 2rem/1.6 ui-monospace, monospace; letter-spacing: .15em; }
  .quiet { color: #5b6b63; font-size: .9rem; }
  input, button { box-sizing: border-box; width: 100%; margin-top: .75rem; padding: .6rem; border-radius: .5rem; font: inherit;
    border: 1px solid #b9c4be; }
  button { border: 0; background: #12734a; color: #fff; font-weight: 600; cursor: pointer; }
  @media (prefers-color-scheme: dark) {
    body { background: #111714; color: #e6ece8; } main { background: #1b2420; } .quiet { color: #9aaba2; }
    input { background: #111714; color: inherit; border-color: #3d4a43; }
  }`;

/** Seconds and address of the next look; `null` for a page that waits for a person. */
type Refresh = string | null;

const page = (title: string, body: string, refresh: Refresh): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh === null ? "" : `<meta http-equiv="refresh" content="${refresh}">`}
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><main><h1>${title}</h1>${body}</main></body>
</html>
`;

const HOW = '<p class="quiet">On your phone: WhatsApp, Settings, Linked devices, Link a device';

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);

const paragraphs = (sentences: readonly string[]): string =>
  sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("");

const connectionPage = (news: Shown): string => {
  const { title, sentences, button } = describeConnection(news);
  const form = button === null ? "" : `<form method="post" action="/pair/reconnect"><button>${button}</button></form>`;
  return page(title, `${paragraphs(sentences)}${form}`, String(REFRESH_S));
};

type Shown = Pick<News, "connection" | "session" | "pairing">;

/** The pairing or the connection of this moment as a page that keeps itself current, without a script. */
export const renderPairingPage = (news: Shown): string => {
  const { pairing } = news;
  switch (pairing.state) {
    case "qr": {
      const qr = `<div class="qr">${renderSVG(pairing.qr, { border: 1 })}</div>${HOW}, then scan this.</p>`;
      return page("Link your phone", qr, String(REFRESH_S));
    }
    case "code": {
      // Four and four, as the phone asks for it.
      const code = pairing.code.replace(/^(\w{4})(\w{4})$/, "$1-$2");
      const body = `<p class="code">${code}</p>${HOW}, Link with phone number instead, then type this.</p>`;
      return page("Link your phone", body, String(REFRESH_S));
    }
    case "paired":
    case "none":
      return connectionPage(news);
  }
};

/** Why the button did nothing; leads back by itself. */
export const renderRefusedPage = (sentences: readonly string[]): string =>
  page("Not now", paragraphs(sentences), `${String(REFUSED_S)}; url=/pair`);

/** The door to that page. `refused`: the token given was another. */
export const renderTokenPage = (refused: boolean): string =>
  page(
    "Who is there?",
    `<p class="quiet">${refused ? "That is not the token. It" : "The token"} is what ADMIN_TOKEN is set to, or else stands in
     DATA_DIR/admin-token.</p>
     <form method="post" action="/pair"><input type="password" name="token" aria-label="Token" required autofocus>
     <button>Go on</button></form>`,
    null,
  );
