import type { Env } from "@blacksky/config";
import { createServer, listen } from "./server.ts";
import type { HttpSources } from "./sources.ts";

/** Both web servers. */
export interface Http {
  /** `monitors` is null where `ENABLE_HEALTH_CHECK` is off. */
  readonly ports: { readonly public: number; readonly monitors: number | null };
  close(): Promise<void>;
}

/**
 * Opens `PORT` and `HEALTH_CHECK_PORT`.
 *
 * @throws BlackskyError `runner.port`; then neither is open
 */
export const openHttp = async (env: Env, sources: HttpSources): Promise<Http> => {
  const host = env.LISTEN_HOST;
  const web = createServer(sources, "public");
  const monitors = env.ENABLE_HEALTH_CHECK ? createServer(sources, "monitors") : undefined;
  const close = async (): Promise<void> => {
    await Promise.all([web.close(), monitors?.close()]);
  };
  try {
    const publicPort = await listen(web, { host, port: env.PORT, variable: "PORT" });
    const monitorsPort =
      monitors && (await listen(monitors, { host, port: env.HEALTH_CHECK_PORT, variable: "HEALTH_CHECK_PORT" }));
    return { ports: { public: publicPort, monitors: monitorsPort ?? null }, close };
  } catch (error) {
    await close();
    throw error;
  }
};
