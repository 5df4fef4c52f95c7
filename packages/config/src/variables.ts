import { connectionVariables } from "./variables/connection.ts";
import { identityVariables } from "./variables/identity.ts";
import { memoryVariables } from "./variables/memory.ts";
import { noticesVariables } from "./variables/notices.ts";
import { serverVariables } from "./variables/server.ts";
import { sessionVariables } from "./variables/session.ts";
import { surroundingsVariables } from "./variables/surroundings.ts";
import { webVariables } from "./variables/web.ts";

/** Every variable, once: how it is read, its default (as it would be written), and what it means. */
export const variables = {
  ...identityVariables,
  ...sessionVariables,
  ...webVariables,
  ...connectionVariables,
  ...memoryVariables,
  ...noticesVariables,
  ...serverVariables,
  ...surroundingsVariables,
};

/** The name of a variable. */
export type VariableName = keyof typeof variables;
