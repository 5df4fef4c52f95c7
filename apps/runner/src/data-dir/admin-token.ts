import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const TOKEN_BYTES = 32;

/** Where a generated token is kept. */
export const adminTokenPath = (dataDir: string): string => join(dataDir, "admin-token");

/** The token from an earlier start in this folder, else a new one, kept there for the owner's eyes only. */
export const loadAdminToken = (dataDir: string): string => {
  const path = adminTokenPath(dataDir);
  try {
    const known = readFileSync(path, "utf8").trim();
    if (known !== "") return known;
  } catch {
    // None yet.
  }
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
};
