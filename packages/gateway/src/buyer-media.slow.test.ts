/** Images, speech and transcriptions through the buyer and the gateway: bounded before, exact after. */
import { type BuyerEvent, createBuyer, openJournal } from '@atoma/sdk';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUpstreamEngine } from '../../node/src/engine/upstream/engine.ts';
import { startUpstream, type UpstreamServer } from '../../node/src/testing/upstream-server.ts';
import { openDesk, rehearsalPolicy } from './testing/desk.ts';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';

let upstream: UpstreamServer;
let market: Rehearsal;
const models = { image: 3, voice: 4, ear: 5 } as const;

beforeAll(async () => {
  upstream = await startUpstream();
  market = await openRehearsal('media');
  const served = Object.entries(models).map(([name, role]) => ({
    name,
    roles: [role],
    contextLength: 4_096,
    tokenizer: 'bytes',
    profile: null,
    targets: [{ url: upstream.url, concurrency: 8 }],
  }));
  const node = await market.addNode({ engines: [createUpstreamEngine({ models: served })] });
  for (const [model, role] of Object.entries(models)) {
    const task = await market.task({ role, model });
    await market.subscribe(node, task, 10n, 100_000_000n);
  }
});
afterAll(async () => {
  await upstream.close();
  await market.close();
});

/** A second of silence: 100 units of 10 ms. */
const wav = (): Uint8Array => {
  const bytes = new Uint8Array(44 + 32_000);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => bytes.set(Buffer.from(text), at);
  put(0, 'RIFF');
  view.setUint32(4, 36 + 32_000, true);
  put(8, 'WAVE');
  put(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 16_000, true);
  view.setUint32(28, 32_000, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  put(36, 'data');
  view.setUint32(40, 32_000, true);
  return bytes;
};

const tryAll = async (client: OpenAI) => {
  const image = await client.images.generate({ model: 'image', prompt: 'a receipt', n: 1, size: '64x64' as never });
  const voice = await client.audio.speech.create({ model: 'voice', input: 'aé😀', voice: 'alloy' });
  const ear = await client.audio.transcriptions.create({ model: 'ear', file: await toFile(wav(), 'a.wav') });
  return { image: image.data?.length, voice: (await voice.arrayBuffer()).byteLength, ear: ear.text.length > 0 };
};

test('through the buyer: units are pixels, characters and hundredths of a second', async () => {
  const events: BuyerEvent[] = [];
  const buyer = await createBuyer({
    atoma: await market.wallet(),
    journal: await openJournal({ path: ':memory:' }),
    policy: { ...rehearsalPolicy, stackUnits: 3_000_000n },
    onEvent: (event) => events.push(event),
  });
  expect(await tryAll(new OpenAI(buyer.openai()))).toEqual({ image: 1, voice: 5, ear: true });
  const units = events.filter((event) => event.kind === 'receipt').map((event) => Number(event.units));
  expect(units).toEqual([64 * 64, 3, 100]);
  await buyer.close();
});

test('through the gateway: the same, with the receipt in the headers', async () => {
  const desk = await openDesk(market, { buyerOptions: { policy: { stackUnits: 3_000_000n } } });
  const key = await desk.key({ models: ['image', 'voice', 'ear'] });
  expect(await tryAll(desk.client(key))).toEqual({ image: 1, voice: 5, ear: true });
  await expect.poll(async () => await desk.store.totals()).toMatchObject({ requests: 3, units: 4_199n, cost: 41_990n });
  await desk.close();
});
