/** The cheat of the story: a node that sells one model and answers with another. */
import { createBuiltinEngine, type Engine } from '@atoma/node';

/** The built-in engine, but while `isCheating` every answer is another generator's: as long, and not what was sold. */
export const cheatingEngine = (isCheating: () => boolean): Engine => {
  const honest = createBuiltinEngine();
  return {
    ...honest,
    run: (request, limit, signal) =>
      honest.run(isCheating() ? { ...request, seed: request.seed ^ 1 } : request, limit, signal),
  };
};
