import type { FastifyInstance } from "fastify";
import { INPUT, parseInput } from "./input.ts";
import type { Controlled } from "./views.ts";

const ACCEPTED = 202;

/** What can be made to go wrong; each answers how many connections or devices it hit. */
export const addFaultRoutes = (server: FastifyInstance, { faults }: Controlled): void => {
  server.post("/faults/drop", async ({ body }) => ({ hit: faults.drop(parseInput(INPUT.maybePhone, body).phone) }));
  server.post("/faults/restart-required", async ({ body }) => ({
    hit: faults.restartRequired(parseInput(INPUT.phone, body).phone),
  }));
  server.post("/faults/device-removed", async ({ body }) => ({
    hit: faults.deviceRemoved(parseInput(INPUT.phone, body).phone),
  }));
  server.post("/faults/replaced", async ({ body }) => ({ hit: faults.replaced(parseInput(INPUT.phone, body).phone) }));
  server.post("/faults/withhold-acks", async ({ body }) => {
    const { phone, withheld } = parseInput(INPUT.withholdAcks, body);
    return { hit: faults.withholdAcks(phone, withheld) };
  });
  server.post("/faults/refuse", async ({ body }, reply) => {
    const { ms } = parseInput(INPUT.refuse, body);
    // The caller need not wait until the port is back; a port that does not come back is the event `fault.failed`.
    faults.refuse(ms).catch(() => undefined);
    return reply.status(ACCEPTED).send({ ms });
  });
};
