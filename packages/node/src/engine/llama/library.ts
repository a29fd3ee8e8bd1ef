/**
 * The optional package that runs models. It stands alone, because its types are named here: declarations that the entries
 * of the published package lead to must be whole where it is not installed.
 */
import { engineError } from '../engine-errors.ts';

/** The package. */
export type Library = typeof import('node-llama-cpp');

/** The package that runs models; absent where it was not installed. Throws `ENGINE_LLAMA_ABSENT`. */
export const loadLibrary = async (): Promise<Library> => {
  try {
    return await import('node-llama-cpp');
  } catch (cause) {
    throw engineError('LLAMA_ABSENT', {}, cause);
  }
};
