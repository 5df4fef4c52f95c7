import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** True when an `Authorization` header carries the token. Takes the same time whatever it carries. */
export const isAuthorised = (header: string | undefined, token: string): boolean => {
  const given = /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
};
