import type { HomeCall } from "./call-home.ts";

/**
 * What is wrong with a call that should have come back to us through the platform's router, in a sentence with its remedy;
 * `undefined` when it did.
 *
 * @param ours the name by which we answer; `undefined` while it is not known
 */
export const judgeCall = (call: HomeCall, ours: string | undefined): string | undefined => {
  if (call.status === "failed") return `HEROKU_APP_URL keeps nothing awake at the moment: ${call.why}.`;
  if (call.httpStatus !== 200) {
    return `HEROKU_APP_URL keeps nothing awake at the moment: it answered HTTP ${String(call.httpStatus)}.`;
  }
  if (call.instance === null) {
    return "HEROKU_APP_URL is answered by something that is not this bot: set it to this app's own address.";
  }
  if (ours !== undefined && call.instance !== ours) {
    return "HEROKU_APP_URL is answered by another instance of the bot, so this one may not be kept awake: set it to this app's own address, unless the app runs on several dynos.";
  }
  if (!call.forwarded) {
    return "HEROKU_APP_URL leads straight to this process, past the platform's router, and so keeps nothing awake: set it to the address that people use.";
  }
  return undefined;
};
