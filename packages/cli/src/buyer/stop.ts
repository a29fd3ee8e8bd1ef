/** Resolves when the person or the system asks the program to end. Whoever says that it serves asks for this first. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    const others = process.listeners('SIGINT');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    // Behind the line above: a signal that comes while nobody listens is lost.
    for (const other of others) process.removeListener('SIGINT', other);
  });
