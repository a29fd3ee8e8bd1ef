/** What the doctor says of model files and their profiles. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNodeConfig, readProfile } from '@atoma/node';
import { afterAll, expect, test } from 'vitest';
import { modelFile, profileFile } from '../../../node/src/testing/models.ts';
import { engineChecks } from './engine-checks.ts';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = modelFile('atoma-small-f16');
const diagnosed = async (model: object): Promise<string> => {
  const checks = await engineChecks(parseNodeConfig({ models: [{ file, ...model }] }, 'node.yaml'));
  return checks.map(({ ok, detail }) => `${ok ? 'ok' : 'no'} ${detail}`).join('\n');
};
const written = (name: string, more: object): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...readProfile(profileFile), ...more }));
  return path;
};

test('a model and its profile are found, each said to be fit or what to do', async () => {
  expect(await diagnosed({})).toMatch(/^ok atoma\/small, 512 tokens\nok sketch\/1\/[0-9a-f]{32}; attesters .* logits$/);
  expect(await diagnosed({ profile: written('bare.json', { known: [] }) })).toMatch(
    /logits; warning: it lists no known ids, .*atoma calibrate/,
  );
  expect(await diagnosed({ file: modelFile('atoma-small-q8_0') })).toMatch(/\nok none: it is fit for levels 0 and 2$/);
});

test('a profile of other weights, a broken one and a file that is no model are faults with a remedy', async () => {
  const other = { file: modelFile('atoma-small-q8_0'), profile: profileFile };
  expect(await diagnosed(other)).toMatch(/\nno it was made for other weights; serve that file, .*: atoma calibrate /);
  expect(await diagnosed({ profile: written('odd.json', { step: -1 }) })).toMatch(/^no The profile .*odd\.json.*step/);
  expect(await diagnosed({ file: profileFile })).toMatch(/^no The model file .* it is no GGUF file/);
});
