/** A cheat to be caught: a node that answers without reading the question, and a manager who has every settlement checked. */
import type { Engine, EngineEvent, EngineRequest } from '@atoma/node';
import { type Atoma, executedResult, setConfig } from '@atoma/sdk';

/** What a cheat makes of every question. */
const STOCK = [{ role: 'user', content: 'What is Atoma?' }];

const unread = (request: EngineRequest): EngineRequest => ({ ...request, body: { ...request.body, messages: STOCK } });

/** The engine, but while `isCheating` it answers chats without reading them; it bills the prompt as it should. */
export const unreading = (honest: Engine, isCheating: () => boolean): Engine => ({
  ...honest,
  run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
    if (!('messages' in request.body) || request.steps?.claimed || !isCheating())
      return yield* honest.run(request, limit, signal);
    const { prompt } = await honest.measure(request);
    for await (const event of honest.run(unread(request), limit, signal))
      yield event.type === 'usage' ? { ...event, prompt } : event;
  },
});

/** Engines of a market in which the node that gets the first chat cheats from then on, and no other does. */
export const firstCheats = (): ((engine: Engine, i: number) => Engine) => {
  let cheat: number | undefined;
  return (engine, i) =>
    unreading(engine, () => {
      cheat ??= i;
      return cheat === i;
    });
};

/** Has every settlement checked by another node; by default those of stacks used to two thirds are, others in proportion. */
export const checkEverySettlement = async (manager: Atoma): Promise<void> => {
  executedResult(await setConfig(manager, { name: 'attestationProbability', value: 1_000_000_000_000n }));
};
