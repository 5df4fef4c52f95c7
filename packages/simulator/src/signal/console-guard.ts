const METHODS = ["log", "info", "warn", "error", "debug"] as const;

/** How every console call of libsignal 6.0.0 begins; some are followed by a whole session record, private keys included. */
const LIBSIGNAL_PREFIXES = [
  "V1 session storage migration error",
  "Migrating session to:",
  "Session already closed",
  "Closing session:",
  "Session already open",
  "Opening session:",
  "Removing old closed session:",
  "Closing open session in favor of incoming prekey bundle",
  "Closing stale open session",
  "WARNING: Expected pubkey of length 33",
  "Unhandled bucket type (for naming):",
  "Failed to decrypt message with any known session",
  "Session error:",
  "Decrypted message with closed session.",
];

/** True for an object with the fields of a libsignal session entry, whatever its class is called. */
const isSessionEntry = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "currentRatchet" in value && "indexInfo" in value;

const isFromLibsignal = (parts: readonly unknown[]): boolean => {
  const [first] = parts;
  if (typeof first === "string" && LIBSIGNAL_PREFIXES.some((prefix) => first.startsWith(prefix))) return true;
  return parts.some(isSessionEntry);
};

/**
 * Drops what libsignal prints (session records with private keys) and lets everything else through. Works on the given
 * console, by default this process's. Returns a function that puts the original methods back, unless somebody has
 * replaced them since.
 */
export const silenceLibsignal = (target: Pick<Console, (typeof METHODS)[number]> = console): (() => void) => {
  const restorers = METHODS.map((method) => {
    const original = target[method];
    const guarded = (...parts: unknown[]): void => {
      if (!isFromLibsignal(parts)) original.apply(target, parts);
    };
    target[method] = guarded;
    return () => {
      if (target[method] === guarded) target[method] = original;
    };
  });
  return () => {
    for (const restore of restorers) restore();
  };
};
