import { expect, test } from 'vitest';
import type { Task } from '../reads/tasks.ts';
import { type Purpose, stackAllowed, taskAllowed, taskServes, termsOf } from './routing.ts';
import type { OwnStack } from './stack-book.ts';
import { defaultPolicy } from './types.ts';

const terms = termsOf(defaultPolicy);
const chat: Purpose = { model: 'm', endpoint: '/v1/chat/completions', vision: false };
const task = (more: Partial<Task> = {}): Task =>
  ({ taskSmallId: 1n, role: 0, modelName: 'm', securityLevel: 1, deprecatedEpoch: null, ...more }) as Task;

test('what a request asks for goes before the policy, and what it leaves open does not', () => {
  expect(terms).toEqual({ levels: [1, 0], tasks: [], nodePolicy: 'independent', price: null, maxPrice: null });
  expect(termsOf(defaultPolicy, { maxPrice: 5n, price: undefined as never })).toEqual({ ...terms, maxPrice: 5n });
});

test('confidential work is not mixed with other levels', () => {
  expect(termsOf(defaultPolicy, { levels: [2] }).levels).toEqual([2]);
  for (const levels of [
    [2, 1],
    [0, 2],
  ])
    expect(() => termsOf(defaultPolicy, { levels })).toThrow(expect.objectContaining({ code: 'BUYER_LEVELS_MIXED' }));
});

test.each<[what: string, role: number, modelName: string | null, want: Partial<Purpose>, serves: boolean]>([
  ['the model', 0, 'm', {}, true],
  ['another model', 0, 'other', {}, false],
  ['any model', 0, null, {}, true],
  ['another role', 1, 'm', {}, false],
  ['no such endpoint', 0, 'm', { endpoint: '/v1/nothing' }, false],
  ['a picture without vision', 0, 'm', { vision: true }, false],
  ['a picture', 2, 'm', { vision: true }, true],
  ['a picture for any model', 2, null, { vision: true }, true],
  ['text for a vision task of the model', 2, 'm', {}, true],
  ['text for a vision task of any model', 2, null, {}, false],
])('a task serves: %s', (_, role, modelName, want, serves) => {
  expect(taskServes({ role, modelName }, { ...chat, ...want })).toBe(serves);
});

test('a task that names no model is bought from only where it is named itself', () => {
  expect(taskAllowed(task(), terms)).toBe(true);
  expect(taskAllowed(task({ modelName: null }), terms)).toBe(false);
  expect(taskAllowed(task({ modelName: null }), { ...terms, tasks: [1n] })).toBe(true);
  expect(taskAllowed(task({ taskSmallId: 2n }), { ...terms, tasks: [1n] })).toBe(false);
  expect(taskAllowed(task({ securityLevel: 2 }), terms)).toBe(false);
  expect(taskAllowed(task({ deprecatedEpoch: 3n }), terms)).toBe(false);
});

test.each<[what: string, own: Partial<OwnStack>, own: Partial<typeof terms>, allowed: boolean]>([
  ['as bought', {}, {}, true],
  ['of another level', { level: 2 }, {}, false],
  ['of another task', {}, { tasks: [9n] }, false],
  ['of a task that is named', {}, { tasks: [9n, 1n] }, true],
  ['at the limit', { price: 5n }, { maxPrice: 5n }, true],
  ['above the limit', { price: 6n }, { maxPrice: 5n }, false],
  ['above the price', { price: 6n }, { price: 5n }, false],
  ['at the price', { price: 5n }, { price: 5n, maxPrice: 9n }, true],
  ['of any model', { model: '' }, {}, true],
  ['of another model', { model: 'other' }, {}, false],
])('an own stack %s', (_, own, more, allowed) => {
  const stack = { level: 1, task: 1n, price: 1n, role: 0, model: 'm', ...own } as OwnStack;
  expect(stackAllowed(stack, chat, { ...terms, ...more })).toBe(allowed);
});
