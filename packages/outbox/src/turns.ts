/** The work, done once for all that ask for it in one turn of the event loop, in the next one. */
export const onceInATurn = (work: () => void): (() => void) => {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      work();
    });
  };
};

/** The work, left out where it is asked for from within itself: it goes on by itself. */
export const notWithinItself = (work: () => void): (() => void) => {
  let isRunning = false;
  return () => {
    if (isRunning) return;
    isRunning = true;
    try {
      work();
    } finally {
      isRunning = false;
    }
  };
};

/** Resolves in the next turn of the event loop. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
