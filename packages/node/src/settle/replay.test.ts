/** What a checker makes of a row that its own engine refuses. */
import { contentHash, type Envelope, envelopeLayout, workHash } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { engineError } from '../engine/engine-errors.ts';
import { createEngineSet } from '../engine/set.ts';
import type { Engine } from '../engine/types.ts';
import { exactDigest } from '../sketch/exact.ts';
import { replayRow } from './replay.ts';

const model = 'atoma/demo-chat';
const body = Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] }));
const envelope: Envelope = {
  chainId: new Uint8Array(32),
  packageId: new Uint8Array(32),
  stack: 1n,
  node: 1n,
  requestId: new Uint8Array(16),
  endpoint: '/v1/chat/completions',
  model,
  bodyHash: new Uint8Array(32),
  maxUnits: 1_000n,
  timestampMs: 0n,
};

const replayBy = async (engine: Engine, cut: readonly number[] | null = null) => {
  const request = { envelope, envelopeBytes: envelopeLayout.encode(envelope), body, signature: new Uint8Array() };
  return replayRow(await createEngineSet([engine]), { role: 0, model }, { request, cut, trace: undefined });
};

const replay = (fault: Error) =>
  replayBy({
    ...createBuiltinEngine(),
    measure: async () => {
      throw fault;
    },
  });

test('a repeated row covers the integers behind its answer, of which the answer tells nothing', async () => {
  let [integers, text]: [readonly number[], string] = [[], ''];
  const builtin = createBuiltinEngine();
  const watched: Engine = {
    ...builtin,
    run: async function* (...args) {
      for await (const event of builtin.run(...args)) {
        if (event.type === 'accepted') integers = event.integers ?? [];
        if (event.type === 'delta') text += event.content ?? '';
        yield event;
      }
    },
  };
  const whole = await replayBy(watched);
  const content = contentHash({ kind: 'chat', choices: [{ index: 0, text, reasoning: '', toolCalls: [] }] });
  expect(whole).toMatchObject({ kind: 'repeated', workHash: workHash(content, exactDigest(integers)) });
  expect(exactDigest(integers)).not.toEqual(exactDigest(integers.map((each, i) => (i === 7 ? each + 1 : each))));
  const told = integers;
  text = '';
  const cut = await replayBy(watched, [1]);
  // What a client did not wait for was computed all the same.
  expect(integers).toEqual(told);
  expect(cut).not.toMatchObject({ workHash: whole?.kind === 'repeated' && whole.workHash });
});

test('a request that no engine could have served is the fault of its row, not of who checks it', async () => {
  expect(await replay(engineError('REJECTED', { why: 'the prompt has 9000 tokens and the context 512' }))).toBeNull();
  for (const own of [
    engineError('UNAVAILABLE', { model }),
    engineError('OVERLOADED', { model }),
    engineError('TIMEOUT', { model, ms: 1 }),
    engineError('FAILED', { model, why: 'its process ended' }),
    new TypeError('a fault of its program'),
  ])
    await expect(replay(own)).rejects.toMatchObject({ code: 'NODE_ENGINE' });
});
