/** The cheat of the story: a node that sells one model and answers with another. */
import { createBuiltinEngine, type Engine, type EngineEvent, type EngineRequest } from '@atoma/node';

/** What the cheat's model makes of every question. */
const STOCK = [{ role: 'user', content: 'What is Atoma?' }];

const unread = (request: EngineRequest): EngineRequest => ({ ...request, body: { ...request.body, messages: STOCK } });

/** The built-in engine, but while `isCheating` it answers without reading the question; it bills the prompt as it should. */
export const cheatingEngine = (isCheating: () => boolean): Engine => {
  const honest = createBuiltinEngine();
  return {
    ...honest,
    run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
      if (!isCheating()) return yield* honest.run(request, limit, signal);
      const { prompt } = await honest.measure(request);
      for await (const event of honest.run(unread(request), limit, signal))
        yield event.type === 'usage' ? { ...event, prompt } : event;
    },
  };
};
