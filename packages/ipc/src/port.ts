/** The thing a channel speaks through: an IPC pipe between processes, or two linked ends in a test. */
export interface Port {
  /** Sends a structured-clonable message; a port that is closed or breaks meanwhile reports it through `onClose`. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when nothing can come or go any more. */
  onClose(listener: () => void): void;
}
