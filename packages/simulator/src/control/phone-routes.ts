import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Account, Person, Phone } from "../contract.ts";
import { failure } from "../failure.ts";
import { parsePhone } from "../world/address.ts";
import { INPUT, parseInput, withoutUndefined } from "./input.ts";
import { accountState, personState } from "./views.ts";
import type { Controlled } from "./views.ts";

const CREATED = 201;
const NO_CONTENT = 204;

/** The phone a path names. Throws `simulator.unknown` when there is none of this role. */
const named = <T extends Phone>(candidates: T[], request: FastifyRequest, role: string): T => {
  const phone = parsePhone(parseInput(INPUT.phone, request.params).phone);
  const found = candidates.find((candidate) => candidate.phone === phone);
  if (found !== undefined) return found;
  throw failure(
    "simulator.unknown",
    `There is no ${role} with the number ${phone}.`,
    `POST /${role === "person" ? "people" : "accounts"} first.`,
  );
};

const messagesAfter = (phone: Phone, request: FastifyRequest) => {
  const { after } = parseInput(INPUT.messages, request.query);
  return phone.received.filter(({ at }) => at > after);
};

/** Accounts, people and groups. */
export const addPhoneRoutes = (server: FastifyInstance, simulator: Controlled): void => {
  const account = (request: FastifyRequest): Account => named(simulator.accounts, request, "account");
  const person = (request: FastifyRequest): Person => named(simulator.people, request, "person");

  server.post("/accounts", async ({ body }, reply) => {
    const added = await simulator.addAccount(withoutUndefined(parseInput(INPUT.account, body)));
    return reply.status(CREATED).send(accountState(added));
  });
  server.post("/accounts/:phone/scan", async (request, reply) => {
    await account(request).scanQr(parseInput(INPUT.scan, request.body).qr);
    return reply.status(NO_CONTENT).send();
  });
  server.post("/accounts/:phone/code", async (request, reply) => {
    await account(request).enterPairingCode(parseInput(INPUT.code, request.body).code);
    return reply.status(NO_CONTENT).send();
  });
  server.post("/accounts/:phone/send", async (request) => {
    const { to, text } = parseInput(INPUT.say, request.body);
    return account(request).send(to, text);
  });
  server.get("/accounts/:phone/messages", async (request) => messagesAfter(account(request), request));

  server.post("/people", async ({ body }, reply) => {
    const added = await simulator.addPerson(withoutUndefined(parseInput(INPUT.person, body)));
    return reply.status(CREATED).send(personState(added));
  });
  server.post("/people/:phone/say", async (request) => {
    const { to, text } = parseInput(INPUT.say, request.body);
    return person(request).say(to, text);
  });
  server.post("/people/:phone/ask", async (request) => {
    const { to, text, deadlineMs } = parseInput(INPUT.ask, request.body);
    return person(request).ask(to, text, deadlineMs);
  });
  server.post("/people/:phone/forget-sessions", async (request, reply) => {
    person(request).forgetSessions();
    return reply.status(NO_CONTENT).send();
  });
  server.get("/people/:phone/messages", async (request) => messagesAfter(person(request), request));

  server.post("/groups", async ({ body }, reply) => {
    const added = await simulator.addGroup(withoutUndefined(parseInput(INPUT.group, body)));
    return reply.status(CREATED).send(added);
  });
};
