/** The built-in engine in a fresh process, for a second run whose outcome does not depend on anything this process has become. */
import { startEngineProgram } from '../process/client.ts';
import type { Engine } from '../types.ts';

/** Starts the process. It ends when it is closed, or with this one. */
export const startEngineProcess = (): Promise<Engine> =>
  startEngineProgram({
    id: 'builtin',
    source: '../builtin/child.ts',
    bundled: 'engine-process.js',
    args: [],
    renew: startEngineProcess,
  });
