/**
 * Proving a part of an answer before it is sold. An engine proves the answers it ends; a client that leaves ends one before, and could
 * otherwise have an honest node blamed for a part that nobody can tell from another model's.
 */
import { isAtomaError } from '@atoma/base';
import type { TokenStep } from '../engine/types.ts';
import { isProvable } from '../sketch/trace.ts';
import type { Product } from './produce.ts';

/** What there is of an answer. */
type Part = Pick<Product, 'plan' | 'steps' | 'strange'>;

const evaluatedAgain = async (
  { plan, steps }: Part,
  cut: readonly number[],
  stepwise: boolean,
): Promise<readonly (readonly TokenStep[])[]> => {
  const { served, request, limit } = plan;
  const claimed = steps.map((choice) => choice.map(({ token }) => token));
  const wanted = { ...request, stream: false, steps: { challenge: request.steps?.challenge ?? '', claimed, stepwise } };
  const found: TokenStep[][] = steps.map(() => []);
  for await (const event of served.engine.run(wanted, { ...limit, cut }, new AbortController().signal))
    if (event.type === 'delta' || event.type === 'finish') found[event.choice]?.push(...(event.steps ?? []));
  return found;
};

/** Whether a part of an answer may be sold; not where its engine cannot evaluate it again. `cut`: units by choice. */
export const isProvenPart = async (part: Part, cut: readonly number[]): Promise<boolean> => {
  const { sketch } = part.plan.served.model;
  if (!part.strange || !sketch) return true;
  const proves = async (stepwise: boolean): Promise<boolean> => {
    const own = await evaluatedAgain(part, cut, stepwise);
    return part.steps.every((made, i) => made.length === 0 || isProvable(made, own[i] ?? [], sketch));
  };
  try {
    return (await proves(false)) || (await proves(true));
  } catch (error) {
    if (isAtomaError(error)) return false;
    throw error;
  }
};
