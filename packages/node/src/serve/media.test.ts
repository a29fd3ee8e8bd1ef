/** The media type of a body is read off the body itself, by the node that serves it and by the juror that repeats it. */
import { envelopeLayout } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngineSet } from '../engine/set.ts';
import type { UpstreamModel } from '../engine/upstream/config.ts';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { openServing, type ServingFixture } from '../testing/serving-fixture.ts';
import { silence } from '../testing/sound.ts';
import { startUpstream, type UpstreamServer } from '../testing/upstream-server.ts';
import { planRequest } from './plan.ts';

import { bodyMediaType } from './transcript.ts';

const path = '/v1/audio/transcriptions';
let upstream: UpstreamServer;
let node: ServingFixture;
let stack: bigint;
const engine = () => createUpstreamEngine({ models: [model()] });
const model = (): UpstreamModel => ({
  name: 'up',
  contextLength: 100_000,
  tokenizer: 'bytes',
  profile: 'p/1',
  imagePartUnits: 500n,
  roles: [5],
  targets: [{ url: upstream.url, concurrency: 8 }],
});

beforeAll(async () => {
  upstream = await startUpstream();
  node = await openServing({ engines: [engine()] });
  stack = await node.stack(await node.task({ role: 5, model: 'up', level: 1 }), 200_000n);
});
afterAll(async () => {
  await node.close();
  await upstream.close();
});

/** A form with the boundary `x`. */
const form = (lead: string, ending = '\r\n', boundary = 'x'): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat([
      Buffer.from(
        `${lead}--${boundary}${ending}Content-Disposition: form-data; name="model"\r\n\r\nup\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n`,
      ),
      silence(800),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  );

test.each([
  ['plain', form(''), 'boundary=x'],
  ['led by an empty line', form('\r\n'), 'boundary=x'],
  ['led by a preamble', form('preamble\r\n'), 'boundary=x'],
  ['whose header names a quoted boundary', form(''), 'boundary="x"'],
  ['with a boundary that needs quotes', form('', '\r\n', 'a b:c'), 'boundary="a b:c"'],
])('a form %s: what is charged can be repeated', async (_, body, boundary) => {
  const before = (await node.store.listLeaves(stack)).length;
  const answer = await node.fetchFor(stack, { maxUnits: 8_000n })(node.url + path, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; ${boundary}` },
    body,
  });
  await answer.arrayBuffer();
  const charged = (await node.store.listLeaves(stack)).slice(before);
  expect(charged.length).toBe(answer.ok ? 1 : 0);
  for (const leaf of charged) {
    const stored = (await node.store.findBody(stack, leaf.requestId)) as Uint8Array;
    const envelope = envelopeLayout.decode(leaf.envelope);
    const plan = await planRequest(await createEngineSet([engine()]), {
      endpoint: envelope.endpoint,
      model: envelope.model,
      maxUnits: envelope.maxUnits,
      requestHash: leaf.requestHash,
      body: stored,
      contentType: bodyMediaType(stored),
      task: { role: 5, model: 'up', level: 0 },
      remoteMedia: false,
    });
    expect(plan.kind).not.toBe('problem');
  }
});

test('a plain form is served, one that its own first line does not open is refused unpaid', async () => {
  const send = (body: Uint8Array<ArrayBuffer>) =>
    node.fetchFor(stack, { maxUnits: 8_000n })(node.url + path, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body,
    });
  const [plain, led] = [await send(form('')), await send(form('\r\n'))];
  expect([plain.status, led.status]).toEqual([200, 415]);
  expect(await led.json()).toMatchObject({ error: { code: 'unsupported_media' } });
});
