/** Each kind of server by its own wire format, with the values of a real model behind it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogitServers, startLogitServers } from '../../testing/logit-servers.ts';
import { modelFile, profileFile } from '../../testing/models.ts';
import { answerRow, compareRows, type MeasuredRow, scoreRow } from '../calibrate.ts';
import { calibrateFile, calibrationRequest, openUnder } from '../llama/calibrate.ts';
import { readProfile } from '../llama/file-profile.ts';
import { loadLibrary } from '../llama/library.ts';
import { openLogits } from './open.ts';
import { probeLogits } from './probe.ts';
import { scoreBySource } from './steps.ts';
import { type LogitSource, type LogitTarget, logitServers } from './types.ts';

const profile = readProfile(profileFile);
const QUESTIONS = ['What is a receipt?', 'Tell a story about a rabbit.', 'what is 7 minus 1?'];
const MOST = 40;

let honest: LogitServers;
let copy: LogitServers;
let rows: readonly MeasuredRow[];
beforeAll(async () => {
  [honest, copy] = [
    await startLogitServers(modelFile('atoma-small-f16')),
    await startLogitServers(modelFile('atoma-small-q4_0')),
  ];
  const engine = await openUnder(modelFile('atoma-small-f16'), profile, {});
  const answered: MeasuredRow[] = [];
  for (const question of QUESTIONS)
    answered.push(await answerRow(engine, calibrationRequest(profile.model, question), MOST));
  rows = answered;
  await engine.close();
});
afterAll(() => Promise.all([honest.close(), copy.close()]));

const targetOf = ({ url, vocabulary }: LogitServers): LogitTarget => ({ url, vocabulary, model: profile.model });

const compared = async (source: LogitSource, servers: LogitServers) => {
  const scored = [];
  for (const { request, steps } of rows)
    scored.push(
      await scoreBySource(source, {
        profile,
        challenge: Buffer.from(request.steps?.challenge as string, 'hex'),
        choice: 0,
        prompt: await servers.promptOf(request),
        claimed: steps.map(({ token }) => token),
        rule: {
          temperature: 0.8,
          topK: 40,
          topP: 0.95,
          minP: 0,
          frequencyPenalty: 0,
          presencePenalty: 0,
          seed: request.seed,
        },
        signal: new AbortController().signal,
      }),
    );
  return compareRows(rows, scored, profile);
};

test.each(logitServers)('%s: the rows of the model pass, seen through a 4-bit copy none does', async (kind) => {
  expect(await compared(openLogits(kind, targetOf(honest)), honest)).toMatchObject({
    rows: rows.length,
    passed: rows.length,
  });
  expect(await compared(openLogits(kind, targetOf(copy)), copy)).toMatchObject({ passed: 0 });
});

test.each(logitServers)(
  '%s: an answer without what was asked, and a server that is not there, are failures',
  async (kind) => {
    const named = [[5, 6], [7]];
    const question = { prompt: [1, 2], claimed: [3, 4], named, signal: new AbortController().signal };
    const code = (source: LogitSource) => source.score(question).then(String, (error: { code: string }) => error.code);
    const next = (source: LogitSource) =>
      source
        .next({ ids: [1, 2], named: [5, 6], signal: question.signal })
        .then(String, (error: { code: string }) => error.code);
    honest.forget(true);
    expect([await code(openLogits(kind, targetOf(honest))), await next(openLogits(kind, targetOf(honest)))]).toEqual([
      'ENGINE_FAILED',
      'ENGINE_FAILED',
    ]);
    honest.forget(false);
    const nowhere = openLogits(kind, { ...targetOf(honest), url: 'http://127.0.0.1:9' });
    expect([await code(nowhere), await next(nowhere)]).toEqual(['ENGINE_UNAVAILABLE', 'ENGINE_UNAVAILABLE']);
  },
);

test('a file without weights is enough beside a server; a profile is measured between servers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  const file = join(folder, 'tokens.gguf');
  const bytes = readFileSync(modelFile('atoma-small-f16'));
  const { readGgufFileInfo } = await loadLibrary();
  const { metadataSize } = await readGgufFileInfo(modelFile('atoma-small-f16'), { readTensorInfo: false });
  bytes.writeBigUInt64LE(0n, 8); // no tensors
  writeFileSync(file, bytes.subarray(0, metadataSize));
  const found = await calibrateFile({
    file,
    servers: [
      { kind: 'sglang', url: honest.url },
      { kind: 'llama-server', url: honest.url },
    ],
    cheats: [],
    prompts: [...QUESTIONS, 'What is Atoma?', 'what is a node?', 'Tell a story about a fox.', 'hello', 'What is Sui?'],
    most: 12,
  });
  expect(found).toMatchObject({ kind: 'profile' });
  const { report, profile: made } = found as Extract<typeof found, { readonly kind: 'profile' }>;
  expect(Object.keys(report.honest)).toEqual([`sglang at ${honest.url}`, `llama-server at ${honest.url}`]);
  expect(Object.values(report.honest).every(({ rows, passed }) => rows > 0 && passed === rows)).toBe(true);
  expect([made.tokenizer, made.template]).toEqual([profile.tokenizer, profile.template]);
  await expect(calibrateFile({ file, cheats: [], prompts: QUESTIONS, most: 4 })).rejects.toMatchObject({
    code: 'ENGINE_MODEL_FILE',
  });
  rmSync(folder, { recursive: true, force: true });
});

test.each(logitServers)('%s is asked whether it tells what a profile needs', async (kind) => {
  const { url, vocabulary } = honest;
  const asked = { kind, url: `${url}/v1`, model: profile.model, apiKey: undefined, vocabulary, profile };
  expect(await probeLogits(asked)).toBeUndefined();
  honest.forget(true);
  expect(await probeLogits(asked)).toMatch(/^it told 1 of the 40 likeliest ids of a position; (start|use) /);
  honest.forget(false);
  expect(await probeLogits({ ...asked, url: 'http://127.0.0.1:9' })).toContain('does not answer');
});

test.each(logitServers)('%s as an engine: its answers pass at the file, those of the file pass here', async (kind) => {
  const [file, server] = [
    await openUnder(modelFile('atoma-small-f16'), profile, {}),
    await openUnder(modelFile('atoma-small-f16'), profile, { server: { kind, url: honest.url } }),
  ];
  const asked = calibrationRequest(profile.model, 'What is a receipt?');
  for (const [by, checker] of [
    [file, server],
    [server, file],
  ] as const) {
    const row = await answerRow(by, asked, MOST);
    expect(row.steps.length).toBeGreaterThan(8);
    const found = compareRows([row], [await scoreRow(checker, row, MOST)], profile);
    expect(found).toMatchObject({ rows: 1, passed: 1 });
    expect(found.distances[0]).toBeLessThan(profile.juror);
  }
  // Without steps it answers, too; what it cannot choose by is refused before anything is made.
  const { steps: _, ...plain } = asked;
  expect((await answerRow(server, plain, MOST)).steps).toEqual([]);
  const schema = { ...plain, body: { ...plain.body, response_format: { type: 'json_object' } } };
  await expect(server.measure(schema)).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' });
  expect(await server.health()).toMatchObject({ healthy: true });
  await Promise.all([file.close(), server.close()]);
});
