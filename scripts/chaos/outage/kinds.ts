import type { TestServer } from "@blacksky/postgres/testing";
import { openDatabase } from "@blacksky/postgres";
import type { DatabaseProxy } from "@blacksky/harness";

/** How PostgreSQL is away. */
export type OutageKind = "cut" | "term" | "kill" | "hang" | "full" | "starting" | "readOnly";

/** The place that the outages happen in. */
export interface DatabasePlace {
  readonly server: TestServer;
  readonly proxy: DatabaseProxy;
}

interface Outage {
  begin(place: DatabasePlace): Promise<void> | void;
  end(place: DatabasePlace): Promise<void> | void;
  /** Until when it must show in the health, from its beginning. */
  readonly showsWithinMs: number;
}

// The next renewal of the lease or the next change meets it at once.
const AT_ONCE_MS = 5_000;
// Silence is told from slowness only by waiting: the longest wait for a statement, and what comes around it.
const AFTER_SILENCE_MS = 26_000;

const mend = ({ proxy }: DatabasePlace): void => proxy.mend();

const setReadOnly = async ({ server }: DatabasePlace, value: "on" | "off"): Promise<void> => {
  const { connectionString } = server;
  const database = openDatabase({ connectionString, applicationName: "chaos", connectTimeoutMs: 5_000 });
  try {
    await database.run(`alter system set default_transaction_read_only = ${value}`);
    await database.run("select pg_reload_conf()");
  } finally {
    await database.close();
  }
};

/** Every kind, in words for people, and how it is made. */
export const OUTAGES: Readonly<Record<OutageKind, Outage & { readonly words: string }>> = {
  cut: { words: "connections cut", begin: ({ proxy }) => proxy.cut(), end: mend, showsWithinMs: AT_ONCE_MS },
  term: {
    words: "server stopped by SIGTERM",
    async begin({ server }) {
      process.kill(server.pid, "SIGTERM");
      // A server that was asked in this way waits for its clients, as long as they stay.
      await server.shutDown();
    },
    end: ({ server }) => server.start(),
    showsWithinMs: AT_ONCE_MS,
  },
  kill: {
    words: "server killed by SIGKILL",
    begin: ({ server }) => server.kill9(),
    end: ({ server }) => server.start(),
    showsWithinMs: AT_ONCE_MS,
  },
  hang: {
    words: "accepts and never answers",
    begin: ({ proxy }) => proxy.hang(),
    end: mend,
    showsWithinMs: AFTER_SILENCE_MS,
  },
  full: {
    words: "too many connections (53300)",
    begin: ({ proxy }) => proxy.refuse("53300"),
    end: mend,
    showsWithinMs: AT_ONCE_MS,
  },
  starting: {
    words: "starting or ending (57P03)",
    begin: ({ proxy }) => proxy.refuse("57P03"),
    end: mend,
    showsWithinMs: AT_ONCE_MS,
  },
  readOnly: {
    words: "read only (25006)",
    begin: (place) => setReadOnly(place, "on"),
    end: (place) => setReadOnly(place, "off"),
    showsWithinMs: AT_ONCE_MS,
  },
};

/** All kinds. */
export const OUTAGE_KINDS = Object.keys(OUTAGES) as readonly OutageKind[];
