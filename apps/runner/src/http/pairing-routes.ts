import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isAuthorised } from "./authorise.ts";
import { renderPairingPage, renderTokenPage } from "./pairing-page.ts";
import type { HttpSources } from "./sources.ts";

const COOKIE = "blacksky_token";
const FORM_BYTES = 1024;

/** No script, nothing from elsewhere, in nobody's frame, in nobody's cache. */
const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
};

const cookieOf = (request: FastifyRequest): string | undefined => {
  const found = (request.headers.cookie ?? "").split(/;\s*/).find((cookie) => cookie.startsWith(`${COOKIE}=`));
  return found?.slice(COOKIE.length + 1);
};

const isHttps = (request: FastifyRequest): boolean =>
  request.protocol === "https" || request.headers["x-forwarded-proto"] === "https";

const sendPage = (reply: FastifyReply, status: number, html: string): FastifyReply =>
  reply.code(status).headers(PAGE_HEADERS).send(html);

/** `GET /pair` for people with a browser: the token is asked for once and then kept in a cookie of this site. */
export const addPairingPage = (server: FastifyInstance, { pairing, adminToken }: HttpSources): void => {
  const holds = (header: string | undefined): boolean => {
    const token = adminToken();
    return token !== undefined && isAuthorised(header, token);
  };

  server.register((scope, _options, done) => {
    const form = { parseAs: "string", bodyLimit: FORM_BYTES } as const;
    scope.addContentTypeParser("application/x-www-form-urlencoded", form, (_request, body, parsed) => {
      parsed(null, new URLSearchParams(typeof body === "string" ? body : "").get("token") ?? "");
    });

    scope.get("/pair", (request, reply) => {
      const cookie = cookieOf(request);
      const known = holds(request.headers.authorization) || (cookie !== undefined && holds(`Bearer ${cookie}`));
      return known ? sendPage(reply, 200, renderPairingPage(pairing())) : sendPage(reply, 401, renderTokenPage(false));
    });

    scope.post("/pair", (request, reply) => {
      const token = String(request.body).trim();
      if (!holds(`Bearer ${token}`)) return sendPage(reply, 401, renderTokenPage(true));
      const secure = isHttps(request) ? "; Secure" : "";
      const cookie = `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict${secure}`;
      return reply.code(303).headers({ "set-cookie": cookie, location: "/pair" }).send();
    });
    done();
  });
};
