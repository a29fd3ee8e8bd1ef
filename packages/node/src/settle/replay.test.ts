/** What a checker makes of a row that its own engine refuses. */
import { type Envelope, envelopeLayout } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { engineError } from '../engine/errors.ts';
import { createEngineSet } from '../engine/set.ts';
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

const replay = async (fault: Error) => {
  const engine = {
    ...createBuiltinEngine(),
    measure: async () => {
      throw fault;
    },
  };
  const request = { envelope, envelopeBytes: envelopeLayout.encode(envelope), body, signature: new Uint8Array() };
  return replayRow(await createEngineSet([engine]), { role: 0, model }, { request, cut: null, trace: undefined });
};

test('a request that no engine could have served is the fault of its row, not of who checks it', async () => {
  expect(await replay(engineError('REJECTED', { why: 'the prompt has 9000 tokens and the context 512' }))).toBeNull();
  await expect(replay(engineError('UNAVAILABLE', { model, why: 'down' }))).rejects.toMatchObject({
    code: 'NODE_ENGINE',
  });
});
