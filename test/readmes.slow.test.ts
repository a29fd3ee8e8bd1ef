/** The examples on the pages of the packages, run as they stand on what the published entries export. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeCollateral, makeQuote, makeVendor } from '../packages/attest/src/testing/quotes.ts';
import { published } from '../tools/pack/entries.ts';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'atoma-readmes-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Sources by the name people import; `@atoma/attest` is imported in a checkout alone. */
const sources = new Map([
  ['@atoma/attest', join(root, 'packages/attest/src/index.ts')],
  ...published.flatMap(({ folder, entries }) =>
    Object.entries(entries).map(
      ([path, { source }]) => [join('@atoma', folder, path), join(root, 'packages', folder, 'src', source)] as const,
    ),
  ),
]);

const exampleOf = (name: string): string => {
  const page = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
  return /^```js\n([\s\S]*?)^```/m.exec(page)?.[1] ?? expect.fail(`${name} has no example`);
};

const run = (code: string, cwd: string): string => {
  const mapped = code.replaceAll(
    /from '(@atoma\/[^']+)'/g,
    (_, name) => `from '${sources.get(name) ?? expect.fail(`${name} is not published`)}'`,
  );
  return execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', mapped], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  });
};

test('a market, a node and a gateway, page after page: a paid answer', () => {
  const pages = ['sdk', 'node', 'gateway'].map(exampleOf);
  const printed = run([...pages, 'await daemon.stop();', 'process.exit(0);'].join('\n'), root);
  expect(printed).toMatch(/^20000000000n$/m);
  expect(printed).toMatch(/receipt.* 0\.\d+$/m);
});

test('one piece of evidence: a quote of a vendor nobody knows is refused', async () => {
  const vendor = await makeVendor();
  writeFileSync(join(scratch, 'quote.bin'), makeQuote(vendor));
  writeFileSync(join(scratch, 'collateral.json'), await makeCollateral(vendor));
  writeFileSync(join(scratch, 'policy.json'), '{"tcb":["UpToDate"]}');
  expect(run(exampleOf('attest'), scratch)).toMatch(/^tdx refused \[ '\w+'/);
});
