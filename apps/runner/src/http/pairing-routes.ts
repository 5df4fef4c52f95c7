import { isBlackskyError } from "@blacksky/errors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { refusalStatus } from "./actions.ts";
import { isAuthorised } from "./authorise.ts";
import { renderPairingPage, renderRefusedPage, renderTokenPage } from "./pairing-page.ts";
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

const pressed = async (reply: FastifyReply, act: () => Promise<void>): Promise<FastifyReply> => {
  try {
    await act();
    return await reply.code(303).header("location", "/pair").send();
  } catch (error) {
    const status = refusalStatus(error);
    if (status === undefined || !isBlackskyError(error)) throw error;
    const { message, hint } = error;
    return sendPage(reply, status, renderRefusedPage(hint === undefined ? [message] : [message, hint]));
  }
};

/** `GET /pair` for people with a browser: the token is asked for once and then kept in a cookie of this site. */
export const addPairingPage = (server: FastifyInstance, sources: HttpSources): void => {
  const holds = (header: string | undefined): boolean => {
    const token = sources.adminToken();
    return token !== undefined && isAuthorised(header, token);
  };

  // The cookie is sent by no other site's page or form.
  const isKnown = (request: FastifyRequest): boolean => {
    const cookie = cookieOf(request);
    return holds(request.headers.authorization) || (cookie !== undefined && holds(`Bearer ${cookie}`));
  };

  server.register((scope, _options, done) => {
    const form = { parseAs: "string", bodyLimit: FORM_BYTES } as const;
    scope.addContentTypeParser("application/x-www-form-urlencoded", form, (_request, body, parsed) => {
      parsed(null, new URLSearchParams(typeof body === "string" ? body : "").get("token") ?? "");
    });

    scope.get("/pair", (request, reply) => {
      if (!isKnown(request)) return sendPage(reply, 401, renderTokenPage(false));
      sources.pairingVisited();
      return sendPage(reply, 200, renderPairingPage(sources.news()));
    });

    scope.post("/pair/reconnect", async (request, reply) =>
      isKnown(request)
        ? pressed(reply, () => sources.reconnect("asked for on the page /pair"))
        : sendPage(reply, 401, renderTokenPage(false)),
    );

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
