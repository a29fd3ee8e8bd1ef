import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { advanceEpoch, closeLedger, embeddedFetch, fundAddress, openLedger } from '@atoma/localnet';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import * as sdk from './index.ts';
import * as wire from './wire/index.ts'; // documented with the node's protocol, not on this page

const page = readFileSync(join(import.meta.dirname, '../API.md'), 'utf8');

test('every exported value is on the API page, so that the page and the surface change together', () => {
  const own = Object.keys(sdk).filter((name) => !(name in wire));
  const missing = own.filter((name) => !new RegExp(`\\b${name}\\b`).test(page));
  expect(missing).toEqual([]);
});

test('every function the API page names is exported', () => {
  const named = [...page.matchAll(/^(?:await )?(\w+)\([^\n]*\): /gm)].map((match) => match[1] as string);
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((name) => !(name in sdk))).toEqual([]);
});

test('the table of writes holds every write under its name', () => {
  const functions = Object.entries(sdk)
    .filter(([, value]) => typeof value === 'function' && 'build' in value)
    .filter(([name]) => name !== 'publishModules'); // of no market
  expect(functions.map(([name]) => name).sort()).toEqual(Object.keys(sdk.writes).sort());
  for (const [name, write] of functions) expect(sdk.writes[name]).toBe(write);
});

test('the example of the API page runs as it stands', async () => {
  const code = /```js example\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const ledger = await openLedger({ seed: 'example', clock: 'logical' });
  const client = sdk.createClient({ network: 'embedded', fetch: embeddedFetch(ledger) });
  const signer = Ed25519Keypair.generate();
  fundAddress(ledger, signer.toSuiAddress().slice(2), 10_000_000_000n);
  const nextEpochs = async (count: number) => advanceEpoch(ledger, count);
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...values: unknown[]) => Promise<string>;
  const run = new AsyncFunction('sdk', 'client', 'signer', 'nextEpochs', code);
  expect(await run(sdk, client, signer, nextEpochs)).toBe('0.075 TOMA');
  closeLedger(ledger);
});
