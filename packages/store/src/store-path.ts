import { join } from "node:path";

/** The directory of one session's store below `DATA_DIR`: every process that opens it asks here. */
export const storePath = (dataDir: string, sessionId: string): string => join(dataDir, "store", sessionId);
