/** Resolves when the person or the system asks the program to end. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.removeAllListeners('SIGINT');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
