const tolerated = new WeakSet<NodeJS.EventEmitter>();

/**
 * Keeps a process alive whose standard output has gone away with its parent: it still has to drain and flush, and a line
 * that nobody reads is no reason to die.
 */
export const tolerateClosedStream = (stream: NodeJS.EventEmitter): void => {
  if (tolerated.has(stream)) return;
  tolerated.add(stream);
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED" || error.code === "EIO") return;
    throw error;
  });
};
