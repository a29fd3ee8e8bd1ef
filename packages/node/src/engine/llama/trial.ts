/**
 * The library (3.21.1) loads its binary in a trial process before it loads it itself, because a binary that does not suit the machine ends
 * whatever process it is in. An engine's process is one to lose already, so the trial only doubles the time it takes to start.
 */
import * as loader from 'node:module';

const TRIAL = '/node-llama-cpp/dist/bindings/utils/testBindingBinary.js';

/** Has the library load its binary without a trial from now on; where modules cannot be hooked (before Node 22.15), or it is built otherwise, it goes on with one. */
export const skipTrial = (): void => {
  loader.registerHooks?.({
    load: (url, context, next) =>
      url.endsWith(TRIAL)
        ? { format: 'module', shortCircuit: true, source: 'export const testBindingBinary = async () => true;' }
        : next(url, context),
  });
};
