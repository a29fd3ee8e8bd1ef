/** Engines of nodes that do not give what they sell. */
import { createBuiltinEngine, type Engine, type EngineEvent } from '@atoma/node';
import { unreading } from '../up/cheat.ts';
import { type ShippedModels, shippedModels } from '../up/shipped.ts';
import { type DaemonFault, needsModel } from './fault-names.ts';
import { labError } from './lab-errors.ts';

/** What the nodes of a scenario serve. */
export interface Cast {
  /** Name of the model that is sold. */
  readonly model: string;
  readonly sold: Engine;
  /** What a node with the fault answers with; undefined: with what it sold. */
  readonly cheat?: Engine;
}

type Run = Engine['run'];

/** The first half of each answer, as if that were all. */
const truncated = (run: Run): Run =>
  async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
    const events: EngineEvent[] = [];
    for await (const event of run(request, limit, signal)) events.push(event);
    const deltas = events.filter((event) => event.type === 'delta');
    const kept = new Set(deltas.slice(0, Math.ceil(deltas.length / 2)));
    for (const event of events) {
      if (event.type === 'delta' && !kept.has(event)) continue;
      if (event.type !== 'finish') yield event;
      else {
        const { steps: _, ...end } = event;
        yield end;
      }
    }
  };

/** Other words, with the steps of the right ones. */
const altered = (run: Run): Run =>
  async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
    for await (const event of run(request, limit, signal))
      yield event.type === 'delta' && event.content !== undefined
        ? { ...event, content: event.content.replaceAll('e', 'a') }
        : event;
  };

/** The values of another question's answer, under the right words. */
const replayed = (run: Run): Run =>
  async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
    const messages = [{ role: 'user', content: 'What is Atoma?' }];
    const stolen: (readonly number[])[] = [];
    for await (const event of run({ ...request, body: { ...request.body, messages } }, limit, signal))
      if (event.type === 'delta' || event.type === 'finish')
        stolen.push(...(event.steps ?? []).map(({ values }) => values));
    let position = 0;
    for await (const event of run(request, limit, signal))
      yield (event.type === 'delta' || event.type === 'finish') && event.steps
        ? { ...event, steps: event.steps.map((step) => ({ ...step, values: stolen[position++] ?? step.values })) }
        : event;
  };

/** The language models of the checkout. Throws `LAB_NO_MODEL`. */
const modelsFor = (fault: DaemonFault): ShippedModels => {
  const models = shippedModels();
  if (!models) throw labError('NO_MODEL', { name: fault });
  return models;
};

const cheatOf = async (fault: DaemonFault, sold: Engine): Promise<Engine | undefined> => {
  switch (fault) {
    case 'model-quantised':
      return modelsFor(fault).instead('quantised');
    case 'model-smaller':
      return modelsFor(fault).instead('smaller');
    case 'daemon-other-model':
    case 'daemon-insured-jury':
      return unreading(sold, () => true);
    case 'model-truncated':
    case 'daemon-truncated':
      return { ...sold, run: truncated(sold.run) };
    case 'model-altered':
      return { ...sold, run: altered(sold.run) };
    case 'model-replayed':
      return { ...sold, run: replayed(sold.run) };
    default:
      return undefined;
  }
};

/** Opens what a scenario's nodes serve: the built-in model, or the language model of a checkout. Throws `LAB_NO_MODEL`. */
export const openCast = async (fault: DaemonFault): Promise<Cast> => {
  const models = needsModel(fault) ? modelsFor(fault) : undefined;
  const sold = models ? await models.sold() : createBuiltinEngine();
  const cheat = await cheatOf(fault, sold);
  return { model: models?.name ?? 'atoma/demo-chat', sold, ...(cheat && { cheat }) };
};

/** Closes the engines of a cast. */
export const closeCast = async ({ sold, cheat }: Cast): Promise<void> => {
  for (const engine of new Set([sold, cheat])) await engine?.close();
};
