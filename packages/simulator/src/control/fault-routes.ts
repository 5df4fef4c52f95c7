import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import { INPUT, parseInput, withoutUndefined } from "./input.ts";
import type { Controlled } from "./views.ts";

const ACCEPTED = 202;
const NO_CONTENT = 204;

/** What can be made to go wrong; faults that strike at once answer how many connections or devices they hit. */
export const addFaultRoutes = (server: FastifyInstance, { faults }: Controlled): void => {
  const strike = <T extends z.ZodType>(name: string, schema: T, hit: (input: z.output<T>) => number): void => {
    server.post(`/faults/${name}`, async ({ body }) => ({ hit: hit(parseInput(schema, body)) }));
  };
  const change = <T extends z.ZodType>(name: string, schema: T, apply: (input: z.output<T>) => void): void => {
    server.post(`/faults/${name}`, async ({ body }, reply) => {
      apply(parseInput(schema, body));
      return reply.status(NO_CONTENT).send();
    });
  };

  strike("drop", INPUT.maybePhone, ({ phone }) => faults.drop(phone));
  strike("stall", INPUT.stall, ({ phone, stalled }) => faults.stall(phone, stalled));
  change("latency", INPUT.latency, ({ ms, jitterMs }) => faults.latency(ms, jitterMs));
  change("upgrade", INPUT.upgrade, ({ answer, times }) => faults.upgrade(answer, times));

  strike("restart-required", INPUT.phone, ({ phone }) => faults.restartRequired(phone));
  strike("device-removed", INPUT.phone, ({ phone }) => faults.deviceRemoved(phone));
  strike("replaced", INPUT.phone, ({ phone }) => faults.replaced(phone));
  strike("occupied", INPUT.occupied, ({ phone, occupied }) => faults.occupied(phone, occupied));
  strike("stream-error", INPUT.streamError, ({ phone, ...error }) =>
    faults.streamError(phone, withoutUndefined(error)),
  );
  strike("stream-end", INPUT.phone, ({ phone }) => faults.streamEnd(phone));

  change("refuse-login", INPUT.refuseLogin, ({ phone, refusal, times }) => {
    faults.refuseLogin(phone, refusal === undefined ? undefined : withoutUndefined(refusal), times);
  });
  strike("withhold-acks", INPUT.withheldAcks, ({ phone, withheld, odds }) =>
    faults.withholdAcks(phone, withheld, odds),
  );
  strike("refuse-messages", INPUT.refuseMessages, ({ phone, code, to, odds }) =>
    faults.refuseMessages(phone, code, { ...odds, to }),
  );
  strike("duplicate", INPUT.duplicate, ({ phone, moment, duplicated, odds }) =>
    faults.duplicate(phone, moment, duplicated, odds),
  );
  strike("damage", INPUT.damage, ({ phone, direction, damaged, odds }) =>
    faults.damage(phone, direction, damaged, odds),
  );
  strike("lose-receipts", INPUT.loseReceipts, ({ phone, side, lost, odds }) =>
    faults.loseReceipts(phone, side, lost, odds),
  );
  strike("reset-while-sending", INPUT.resetWhileSending, ({ phone, moment, reset, odds }) =>
    faults.resetWhileSending(phone, moment, reset, odds),
  );
  strike("withhold-answers", INPUT.withheld, ({ phone, withheld }) => faults.withholdAnswers(phone, withheld));
  strike("refuse-queries", INPUT.refuseQueries, ({ phone, code }) => faults.refuseQueries(phone, code));
  change("qr-refs", INPUT.qrRefs, ({ count }) => faults.qrRefs(count));
  strike("expire-pairings", INPUT.nothing, () => faults.expirePairings());

  server.post("/faults/refuse", async ({ body }, reply) => {
    const { ms } = parseInput(INPUT.refuse, body);
    // The caller need not wait until the port is back; a port that does not come back is the event `fault.failed`.
    faults.refuse(ms).catch(() => undefined);
    return reply.status(ACCEPTED).send({ ms });
  });
};
