/** Each kind of server by its own wire format, with the values of a real model behind it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogitServers, startLogitServers } from '../../testing/logit-servers.ts';
import { modelFile, profileFile } from '../../testing/models.ts';
import { answerRow, compareRows, type MeasuredRow } from '../calibrate.ts';
import { calibrationRequest, openUnder } from '../llama/calibrate.ts';
import { readProfile } from '../llama/profile.ts';
import { llamaServerLogits } from './llama-server.ts';
import { sglangLogits } from './sglang.ts';
import { scoreBySource } from './steps.ts';
import type { LogitSource, LogitTarget } from './types.ts';
import { vllmLogits } from './vllm.ts';

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

test.each([
  ['vLLM', vllmLogits],
  ['SGLang', sglangLogits],
  ['llama-server', llamaServerLogits],
])('%s: the rows of the model pass, seen through a 4-bit copy none does', async (_, open) => {
  expect(await compared(open(targetOf(honest)), honest)).toMatchObject({ rows: rows.length, passed: rows.length });
  expect(await compared(open(targetOf(copy)), copy)).toMatchObject({ passed: 0 });
});

test.each([
  ['vLLM', vllmLogits],
  ['SGLang', sglangLogits],
  ['llama-server', llamaServerLogits],
])('%s: an answer without what was asked, and a server that is not there, are failures', async (_, open) => {
  const named = [[5, 6], [7]];
  const question = { prompt: [1, 2], claimed: [3, 4], named, signal: new AbortController().signal };
  const code = (source: LogitSource) => source.score(question).then(String, (error: { code: string }) => error.code);
  honest.forget(true);
  expect(await code(open(targetOf(honest)))).toBe('ENGINE_FAILED');
  honest.forget(false);
  expect(await code(open({ ...targetOf(honest), url: 'http://127.0.0.1:9' }))).toBe('ENGINE_UNAVAILABLE');
});
