import { BlackskyError } from "@blacksky/errors";
import * as z from "zod";

/** What arrived fits no schema; the message says where, never what. */
export const violation = (what: string, error: z.ZodError): BlackskyError =>
  new BlackskyError("ipc.violation", `${what} does not fit the protocol: ${z.prettifyError(error)}`, { cause: error });
