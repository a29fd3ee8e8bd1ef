import { expect, test } from 'vitest';
import { engineError } from '../engine/engine-errors.ts';
import { createEngineSet } from '../engine/set.ts';
import { FORMULA, type Formula, formulaEngine } from '../testing/steps-engine.ts';
import { planRequest } from './plan.ts';
import { createProduct, takeEvent } from './produce.ts';
import { isProvenPart } from './proof.ts';

type Formulas = (claimed: boolean, stepwise: boolean) => Formula;

/** What a client that left had been sent by an engine, of a prompt with or without ids that nobody measured. */
const partBy = async (formula: Formulas, strange: readonly number[]) => {
  const body = { model: FORMULA, messages: [{ role: 'user', content: 'a' }] };
  const planned = await planRequest(await createEngineSet([formulaEngine(formula)]), {
    ...{ endpoint: '/v1/chat/completions', model: FORMULA, maxUnits: 400n, requestHash: new Uint8Array(32).fill(7) },
    ...{ body: Buffer.from(JSON.stringify(body)), contentType: 'application/json', remoteMedia: false },
    task: { role: 0, model: FORMULA, level: 1 },
  });
  if (planned.kind === 'problem') throw new TypeError(planned.code);
  const { served, request, limit } = planned.value;
  const frame = { id: '', created: 0, model: FORMULA, chat: true, includeUsage: false };
  const product = createProduct(planned.value, frame);
  takeEvent(product, { type: 'accepted', strange });
  for await (const event of served.engine.run(request, limit, new AbortController().signal)) takeEvent(product, event);
  return product;
};

const steady: Formulas = () => ({ weights: 0, noise: 0 });
const inOneGoAlone: Formulas = (claimed, stepwise) => ({ weights: claimed && !stepwise ? 5 : 0, noise: 0 });
const unlike: Formulas = (claimed) => ({ weights: claimed ? 5 : 0, noise: 0 });

test.each<[string, Formulas, readonly number[], boolean]>([
  ['two evaluations agree', steady, [900], true],
  ['they agree token by token', inOneGoAlone, [900], true],
  ['they do not agree', unlike, [900], false],
  ['its prompt was measured', unlike, [], true],
])('a part of an answer is sold if %s', async (_, formula, strange, sold) => {
  const part = await partBy(formula, strange);
  expect(part.steps[0]?.length).toBeGreaterThan(0);
  expect(await isProvenPart(part, [8])).toBe(sold);
});

test('nothing is sold that cannot be evaluated again', async () => {
  const failing: Formulas = (claimed) => {
    if (claimed) throw engineError('UNAVAILABLE', { model: FORMULA });
    return { weights: 0, noise: 0 };
  };
  expect(await isProvenPart(await partBy(failing, [900]), [8])).toBe(false);
});
