/**
 * Roles no text model covers, over real parts: speech by espeak-ng in WASM, text in an image by tesseract, transcription by Debian's
 * pocketsphinx. Through the gateway, by the official client. The parts have a lockfile of their own, installed here.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { soundUnits } from '@atoma/sdk';
import type OpenAI from 'openai';
import { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from '../../packages/gateway/src/testing/desk.ts';
import { openRehearsal, type Rehearsal } from '../../packages/gateway/src/testing/rehearsal.ts';
import { createUpstreamEngine } from '../../packages/node/src/index.ts';
import { type MediaServer, startMediaServer } from '../../packages/node/src/testing/media-server.ts';

interface Ocr {
  readonly recognize: (image: Buffer) => Promise<{ readonly data: { readonly text: string } }>;
  readonly terminate: () => Promise<unknown>;
}
interface Picture {
  readonly print: (p: {
    readonly font: unknown;
    readonly x: number;
    readonly y: number;
    readonly text: string;
  }) => void;
  readonly getBuffer: (type: 'image/png') => Promise<Buffer>;
}
const here = import.meta.dirname;
const run = promisify(execFile);
const load = createRequire(join(here, 'package.json'));
/** Debian's package `pocketsphinx`, with `pocketsphinx-en-us`; it must be told that the voice's sounds are not of 16 kHz. */
const HEARING = '/usr/bin/pocketsphinx_continuous';
const missing = [HEARING, '/usr/share/pocketsphinx/model/en-us/en-us'].find((path) => !existsSync(path));
const FORMAT = ['-samprate', '22050', '-nfft', '1024'];
let folder: string;
let server: MediaServer;
let ocr: Ocr;
let market: Rehearsal;
let desk: Desk;
let client: OpenAI;

const hear = async (sound: Uint8Array): Promise<string> => {
  const file = join(folder, 'heard.wav');
  writeFileSync(file, sound);
  const { stdout } = await run(HEARING, ['-infile', file, ...FORMAT, '-logfn', '/dev/null']);
  return stdout.trim();
};

beforeAll(async () => {
  if (!existsSync(join(here, 'node_modules', 'text2wav')))
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'ignore' });
  folder = mkdtempSync(join(tmpdir(), 'atoma-media-'));
  const text2wav = load('text2wav') as (text: string) => Promise<Uint8Array>;
  const { createWorker } = load('tesseract.js') as {
    readonly createWorker: (language: string, mode: number, options: object) => Promise<Ocr>;
  };
  const langPath = join(here, 'node_modules', '@tesseract.js-data', 'eng', '4.0.0_best_int');
  ocr = await createWorker('eng', 1, { langPath, cacheMethod: 'none', gzip: true });
  server = await startMediaServer({
    speak: (text) => text2wav(text),
    read: async (image) => (await ocr.recognize(Buffer.from(image))).data.text.trim(),
    hear,
  });
  const shared = { contextLength: 100_000, tokenizer: 'o200k_base', profile: null };
  const targets = [{ url: server.url, concurrency: 2 }];
  const models = [{ ...shared, name: 'media', roles: [2, 4, 5], targets }];
  market = await openRehearsal('media');
  const node = await market.addNode({ engines: [createUpstreamEngine({ models })] });
  for (const role of [2, 4, 5]) await market.subscribe(node, await market.task({ role, model: 'media' }), 100n);
  desk = await openDesk(market);
  client = desk.client(await desk.key({ tenant: 'media' }));
});
afterAll(async () => {
  await desk.close();
  await market.close();
  await server.close();
  await ocr.terminate();
  rmSync(folder, { recursive: true, force: true });
});

const lastUnits = async (rows: number): Promise<number> => {
  const settled = () => desk.store.listRows({ tenant: 'media', states: ['settled'], limit: 10 });
  await expect.poll(async () => (await settled()).length).toBe(rows);
  return Number((await settled())[0]?.units);
};
const words = 'The receipt is signed by the node.';
let spoken: Uint8Array<ArrayBuffer>;

test('speech: a sound of some length, billed by its letters', async () => {
  const response = await client.audio.speech.create({
    model: 'media',
    voice: 'en',
    input: words,
    response_format: 'wav',
  });
  spoken = new Uint8Array(await response.arrayBuffer());
  expect(response.headers.get('content-type')).toBe('audio/wav');
  expect(Number(soundUnits(spoken))).toBeGreaterThan(100); // more than a second
  expect(await lastUnits(1)).toBe(words.length);
});

test('vision: the text in an image is read, and the image is in the bill', async () => {
  const { Jimp, loadFont } = load('jimp') as {
    readonly Jimp: new (p: { readonly width: number; readonly height: number; readonly color: number }) => Picture;
    readonly loadFont: (path: string) => Promise<unknown>;
  };
  const { SANS_64_BLACK } = load('jimp/fonts') as { readonly SANS_64_BLACK: string };
  const picture = new Jimp({ width: 800, height: 160, color: 0xffffffff });
  picture.print({ font: await loadFont(SANS_64_BLACK), x: 40, y: 40, text: 'Receipt 4711' });
  const url = `data:image/png;base64,${(await picture.getBuffer('image/png')).toString('base64')}`;
  const read = await client.chat.completions.create({
    model: 'media',
    max_tokens: 100,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
  });
  expect(read.choices[0]?.message.content).toBe('Receipt 4711');
  expect(await lastUnits(2)).toBeGreaterThan(1_600);
});

if (missing !== undefined) {
  process.stderr.write(
    `nothing is transcribed: ${missing} is absent (Debian: apt-get install pocketsphinx pocketsphinx-en-us)\n`,
  );
  test('without pocketsphinx: counts as failed where tests must be whole', () => {
    expect(process.env.CI, 'install pocketsphinx and pocketsphinx-en-us').not.toBe('true');
  });
} else {
  test('transcription: what was spoken is heard, billed by its length', async () => {
    const heard = await client.audio.transcriptions.create({
      model: 'media',
      file: await toFile(spoken, 'spoken.wav', { type: 'audio/wav' }),
    });
    expect(typeof heard.text).toBe('string');
    expect(await lastUnits(3)).toBe(Number(soundUnits(spoken)));
  });
}
