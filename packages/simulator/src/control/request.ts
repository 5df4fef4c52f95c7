import { BlackskyError } from "@blacksky/errors";
import { z } from "zod";

const refusal = z.object({ error: z.string(), message: z.string(), hint: z.string().optional() });

/** Speaks to one control plane; every refusal becomes the error that the simulator itself has thrown. */
export class ControlRequest {
  readonly #baseUrl: string;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl.replace(/\/$/, "");
  }

  async get<T>(path: string): Promise<T> {
    return this.#answer(await this.#fetch(path, {}));
  }

  async post<T>(path: string, body: object = {}): Promise<T> {
    const headers = { "content-type": "application/json" };
    return this.#answer(await this.#fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
  }

  /** Opens a stream; the caller reads its body. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch(path, { signal });
    if (response.body === null) throw new BlackskyError("simulator.protocol", `GET ${path} has no body.`);
    return response.body;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.#baseUrl}${path}`, init);
    } catch (error) {
      throw new BlackskyError("simulator.unreachable", `No simulator answers at ${this.#baseUrl}.`, {
        hint: "Start one, and pass its control URL.",
        cause: error,
      });
    }
  }

  async #answer<T>(response: Response): Promise<T> {
    const text = await response.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    // Both ends come from the same build, so the shape of an answer is the one the route returned.
    if (response.ok) return body as T;
    const { error, message, hint } = refusal.parse(body);
    throw new BlackskyError(error, message, hint === undefined ? {} : { hint });
  }
}
