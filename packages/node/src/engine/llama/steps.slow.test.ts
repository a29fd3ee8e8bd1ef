/** Steps of a real model: made, claimed, and what is refused. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LlamaContextSequence } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { collect, textOf } from '../../testing/engine-contract.ts';
import { modelFile, profileFile, SOLD } from '../../testing/models.ts';
import type { Engine, EngineEvent, EngineRequest, Finish, TokenStep } from '../types.ts';
import { calibrationRequest } from './calibrate.ts';
import { openLlamaEngine } from './engine.ts';
import { readProfile } from './file-profile.ts';
import { llamaOptions } from './options.ts';

const file = modelFile('atoma-small-f16');
const options = (more: object = {}) => llamaOptions.parse({ file, name: SOLD, ...more });
const folder = mkdtempSync(join(tmpdir(), 'steps-'));

let engine: Engine;
beforeAll(async () => {
  engine = await openLlamaEngine(options());
});
afterAll(() => engine.close());

const stepsOf = (events: readonly EngineEvent[]): readonly TokenStep[] =>
  events.flatMap((event) => ((event.type === 'delta' || event.type === 'finish') && event.steps) || []);
const endOf = (events: readonly EngineEvent[]) => events.find((event): event is Finish => event.type === 'finish');
const limit = { maxPerChoice: 60, cut: null };

const claim = (request: EngineRequest, tokens: readonly number[]): EngineRequest => ({
  ...request,
  steps: { challenge: request.steps?.challenge as string, claimed: [tokens] },
});

test('a file with a profile beside it is sold under it', async () => {
  const [model] = await engine.models();
  expect(model?.profile).toMatch(/^sketch\/1\/[0-9a-f]{32}$/);
  expect(model?.sketch).toEqual(readProfile(profileFile));
});

test.each([0, 0.8])('at temperature %d claimed tokens give the answer again, without a gap', async (temperature) => {
  const request = calibrationRequest(SOLD, 'What is a receipt?', temperature);
  const served = await collect(engine, request, limit);
  const tokens = stepsOf(served).map(({ token }) => token);
  const checked = await collect(engine, claim(request, tokens), limit);
  expect(textOf(checked)).toBe(textOf(served));
  expect(endOf(checked)).toMatchObject({ reason: 'stop', whole: true });
  expect(Math.max(...stepsOf(checked).map(({ gap = 0 }) => gap))).toBeLessThan(0.01);
  // Cut short, or with another token in its place, it is not the answer any more.
  expect(endOf(await collect(engine, claim(request, tokens.slice(0, -2)), limit))).toMatchObject({ whole: false });
  const changed = tokens.map((token, i) => (i === 3 ? (token + 1) % 900 : token));
  const wrong = stepsOf(await collect(engine, claim(request, changed), limit));
  expect(wrong[3]?.gap).toBeGreaterThan(readProfile(profileFile).gap);
});

test('an answer that its limit ends is whole there, and nowhere else', async () => {
  const request = calibrationRequest(SOLD, 'Tell a story about a rabbit.');
  const short = { maxPerChoice: 8, cut: null };
  const served = await collect(engine, request, short);
  const tokens = stepsOf(served).map(({ token }) => token);
  expect(tokens).toHaveLength(8);
  expect(endOf(await collect(engine, claim(request, tokens), short))).toMatchObject({ reason: 'length', whole: true });
  expect(endOf(await collect(engine, claim(request, tokens), limit))).toMatchObject({ whole: false });
  // Of an answer its client cut, any beginning may have been sent.
  const cut = { maxPerChoice: 60, cut: [8] };
  expect(endOf(await collect(engine, claim(request, tokens), cut))).toMatchObject({ reason: 'length', whole: true });
});

test('claims that no answer can be are refused', async () => {
  const request = calibrationRequest(SOLD, 'What is a receipt?');
  for (const tokens of [[5, 100_000], [5, -1], [0.5], Array.from({ length: 61 }, () => 5)])
    await expect(collect(engine, claim(request, tokens), limit)).rejects.toMatchObject({ code: 'ENGINE_REJECTED' });
  expect(textOf(await collect(engine, request, limit))).not.toBe(''); // the model has survived it
});

test('an answer to a prompt the profile was not measured on is evaluated again, and sold only if others can prove it', async () => {
  const strange = calibrationRequest(SOLD, '\u4ec0\u4e48\u662f\u6536\u636e');
  const events: EngineEvent[] = [];
  const run = async (of: Engine): Promise<void> => {
    for await (const event of of.run(strange, limit, new AbortController().signal)) events.push(event);
  };
  await run(engine).catch(() => undefined);
  expect(events[0]).toMatchObject({ type: 'accepted', strange: expect.arrayContaining([expect.any(Number)]) });
  const known: EngineEvent[] = [];
  for await (const event of engine.run(calibrationRequest(SOLD, 'a bond'), limit, new AbortController().signal))
    known.push(event);
  expect(known[0]).toEqual({ type: 'accepted' });
  // Where no two evaluations are near enough, nothing is sold.
  const strict = { ...readProfile(profileFile), juror: 1e-12 };
  const wary = await openLlamaEngine(options({ profile: strict }));
  await expect(run(wary)).rejects.toMatchObject({ code: 'ENGINE_UNPROVABLE' });
  await wary.close();
});

/** Runs a request that is given up inside the `at`-th call of a method of the library; the calls there were, and the last event. */
const givenUp = async (
  of: Engine,
  request: EngineRequest,
  method: 'controlledEvaluate' | 'evaluateWithoutGeneratingNewTokens',
  at: number,
) => {
  const leaving = new AbortController();
  const whole = LlamaContextSequence.prototype[method] as (this: unknown, ...given: unknown[]) => Promise<unknown>;
  const spy = vi.spyOn(LlamaContextSequence.prototype, method);
  spy.mockImplementation(async function (this: unknown, ...given: unknown[]) {
    if (spy.mock.calls.length === at) leaving.abort();
    return (await whole.apply(this, given)) as never;
  });
  const types: string[] = [];
  try {
    for await (const { type } of of.run(request, limit, leaving.signal)) types.push(type);
  } catch (error) {
    types.push((error as { code: string }).code);
  }
  const calls = spy.mock.calls.length;
  spy.mockRestore();
  return { calls, last: types.at(-1) };
};

test('whoever leaves while an answer is evaluated again stops that, and nothing is told of its end', async () => {
  const strict = { ...readProfile(profileFile), juror: 1e-12 };
  const wary = await openLlamaEngine(options({ profile: strict }));
  const strange = calibrationRequest(SOLD, '\u4ec0\u4e48\u662f\u6536\u636e');
  const all = await givenUp(wary, strange, 'controlledEvaluate', -1);
  expect(all.last).toBe('ENGINE_UNPROVABLE');
  const tokens = (all.calls - 1) / 2; // made one by one, evaluated in one go, and again one by one
  for (const at of [tokens + 1, tokens + 3])
    expect(await givenUp(wary, strange, 'controlledEvaluate', at)).toEqual({ calls: at, last: 'delta' });
  await wary.close();
});

test.each([false, true])(
  'claimed tokens behind a prompt of several batches give the answer again; stepwise: %s',
  async (stepwise) => {
    const small = await openLlamaEngine(options({ batch: 16 }));
    const request = calibrationRequest(SOLD, 'What is a receipt? '.repeat(20));
    const served = await collect(small, request, limit);
    const tokens = stepsOf(served).map(({ token }) => token);
    const checked = await collect(
      small,
      { ...request, steps: { challenge: request.steps?.challenge ?? '', claimed: [tokens], stepwise } },
      limit,
    );
    expect(textOf(checked)).toBe(textOf(served));
    expect(stepsOf(checked).map(({ values }) => values.every(Number.isFinite))).toEqual(tokens.map(() => true));
    expect(Math.max(...stepsOf(checked).map(({ gap = 0 }) => gap))).toBeLessThan(readProfile(profileFile).gap);
    await small.close();
  },
);

test('whoever leaves while a prompt is read waits for no more than a batch of it', async () => {
  const small = await openLlamaEngine(options({ batch: 16 }));
  const { steps, ...plain } = calibrationRequest(SOLD, 'What is a receipt? '.repeat(20));
  for (const request of [plain, { ...plain, ...(steps ? { steps } : {}) }])
    expect(await givenUp(small, request, 'evaluateWithoutGeneratingNewTokens', 2)).toEqual({
      calls: 2,
      last: 'accepted',
    });
  const asked = calibrationRequest(SOLD, 'What is a receipt?');
  const tokens = stepsOf(await collect(small, asked, limit)).map(({ token }) => token);
  expect(await givenUp(small, claim(asked, tokens), 'controlledEvaluate', 1)).toEqual({ calls: 1, last: 'accepted' });
  await small.close();
});

test('what cannot be replayed is refused before anything is spent', async () => {
  const request = calibrationRequest(SOLD, 'Give JSON.');
  for (const more of [{ response_format: { type: 'json_object' } }, { top_k: 100 }])
    await expect(engine.measure({ ...request, body: { ...request.body, ...more } })).rejects.toMatchObject({
      code: 'ENGINE_UNSUPPORTED',
    });
});

test('profiles that are none, or those of something else, keep the model from being sold', async () => {
  const profile = readProfile(profileFile);
  const written = (content: string): string => {
    const path = join(folder, `${content.length}.json`);
    writeFileSync(path, content);
    return path;
  };
  const fault = (more: object) =>
    openLlamaEngine(options(more)).then(
      String,
      ({ code, message }: { code: string; message: string }) => `${code} ${message}`,
    );
  expect(await fault({ profile: join(folder, 'absent.json') })).toContain('ENGINE_PROFILE');
  expect(await fault({ profile: written('{"kind":') })).toContain('ENGINE_PROFILE');
  expect(await fault({ profile: written(JSON.stringify({ ...profile, step: -1 })) })).toContain('step');
  expect(await fault({ profile: { ...profile, kv: 'q8_0' } })).toContain('a cache of type q8_0');
  expect(await fault({ profile: { ...profile, live: [...profile.live.slice(0, -1), 5_000] } })).toContain('id 5000');
  expect(await fault({ file: modelFile('atoma-small-q8_0'), profile: profileFile })).toMatch(
    /ENGINE_MODEL_FILE .*weights/,
  );
});
