import type { SimulatorEvent } from "../event-bus.ts";

const SEPARATOR = "\n\n";
const DATA = "data: ";

/** Reads server-sent events until the stream ends; comments, such as heartbeats, are skipped. */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<SimulatorEvent> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of stream) {
    pending += decoder.decode(chunk, { stream: true });
    const blocks = pending.split(SEPARATOR);
    pending = blocks.pop() ?? "";
    for (const block of blocks) {
      const line = block.split("\n").find((candidate) => candidate.startsWith(DATA));
      // Both ends come from the same build.
      if (line !== undefined) yield JSON.parse(line.slice(DATA.length)) as SimulatorEvent;
    }
  }
}
