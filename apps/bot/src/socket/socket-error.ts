/** True for what Baileys throws about its socket (a Boom: closed, timed out, refused), false for defects. */
export const isSocketError = (error: unknown): boolean =>
  error instanceof Error && "isBoom" in error && error.isBoom === true;
