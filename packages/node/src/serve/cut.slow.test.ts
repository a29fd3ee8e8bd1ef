/** A client that leaves an answer to a prompt nobody measured pays for it only if others can prove it. */
import { expect, test } from 'vitest';
import { engineError } from '../engine/engine-errors.ts';
import type { Engine } from '../engine/types.ts';
import { openServing } from '../testing/serving-fixture.ts';
import { FORMULA, type Formula, formulaEngine } from '../testing/steps-engine.ts';

/** Tells four words and then waits for its client to leave; evaluates them again by the formula. */
const halting = (formula: (claimed: boolean) => Formula): Engine => {
  const inner = formulaEngine(formula);
  return {
    ...inner,
    run: async function* (request, limit, signal) {
      const isClaimed = request.steps?.claimed !== undefined;
      if (!isClaimed) yield { type: 'accepted', strange: [900] };
      let told = 0;
      for await (const event of inner.run(request, limit, signal)) {
        if (event.type === 'delta' && ++told > 4) break;
        yield event;
      }
      if (!isClaimed) await new Promise((left) => signal.addEventListener('abort', left, { once: true }));
    },
  };
};

test.each([
  ['can be proved', 0, { nextLeaf: 1, reserved: 0n }],
  ['cannot be proved', 5, { nextLeaf: 0, reserved: 0n, consumed: 0n }],
])('a part that %s', async (_, weights, expected) => {
  const node = await openServing({ engines: [halting((claimed) => ({ weights: claimed ? weights : 0, noise: 0 }))] });
  const stack = await node.stack(await node.task({ role: 0, model: FORMULA, level: 1 }), 1_000_000n);
  const leave = new AbortController();
  const answer = await node.fetchFor(stack)(`${node.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: FORMULA, stream: true, messages: [{ role: 'user', content: 'a' }] }),
    signal: leave.signal,
  });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  for (let seen = ''; !seen.includes('four'); ) {
    const { value, done } = await reader.read();
    if (done) throw new TypeError(seen);
    seen += Buffer.from(value).toString();
  }
  expect(await node.store.findStack(stack)).not.toMatchObject({ reserved: 0n });
  leave.abort();
  await expect.poll(() => node.store.findStack(stack)).toMatchObject(expected);
  await node.close();
});

test('of a stack whose answer could not be proved, nothing strange is told before it is', async () => {
  let isProvable = false;
  const inner = formulaEngine(() => ({ weights: 0, noise: 0 }));
  const doubtful: Engine = {
    ...inner,
    run: async function* (request, limit, signal) {
      if (!request.steps?.claimed) yield { type: 'accepted', strange: [900] };
      for await (const event of inner.run(request, limit, signal)) {
        if (event.type === 'finish' && !isProvable) throw engineError('UNPROVABLE', { model: FORMULA });
        yield event;
      }
    },
  };
  const node = await openServing({ engines: [doubtful] });
  const stack = await node.stack(await node.task({ role: 0, model: FORMULA, level: 1 }), 1_000_000n);
  const ask = async (): Promise<string> => {
    const answer = await node.fetchFor(stack)(`${node.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: FORMULA, stream: true, messages: [{ role: 'user', content: 'a' }] }),
    });
    return answer.text();
  };
  const [first, second] = [await ask(), await ask()];
  expect(first).toContain('four');
  expect(second).not.toContain('four');
  for (const refused of [first, second]) expect(refused).toContain('engine_refused');
  expect(await node.store.findStack(stack)).toMatchObject({ nextLeaf: 0, reserved: 0n, consumed: 0n });
  isProvable = true;
  const third = await ask();
  expect(third).toContain('four');
  expect(third.indexOf('four')).toBe(third.lastIndexOf('four'));
  expect(await node.store.findStack(stack)).toMatchObject({ nextLeaf: 1, reserved: 0n });
  await node.close();
});
