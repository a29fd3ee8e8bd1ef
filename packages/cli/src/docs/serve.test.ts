import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pathOf, siteOf } from './serve.ts';

const above = mkdtempSync(join(tmpdir(), 'atoma-docs-'));
const folder = join(above, 'site/');
beforeAll(() => {
  for (const name of ['docs', 'errors']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['index.html', 'docs/guide.html', 'errors/CLI_USAGE.html', '../secret.html'])
    writeFileSync(join(folder, name), name);
});
afterAll(() => rmSync(above, { recursive: true }));

test('pages are found by name, by file name and by the code of an error', () => {
  const site = siteOf(folder);
  expect(pathOf(site, undefined)).toBe('/');
  expect(site.find('/')?.body.toString()).toBe('index.html');
  for (const name of ['guide', 'guide.md']) expect(pathOf(site, name)).toBe('/docs/guide.html');
  for (const code of ['CLI_USAGE', 'cli_usage']) expect(pathOf(site, code)).toBe('/errors/CLI_USAGE.html');
  expect(pathOf(site, 'nothing')).toBeUndefined();
});

test.each([
  '/../secret.html',
  '/docs/../../secret.html',
  '/%2e%2e/secret.html',
  '/..%2fsecret.html',
  '/%',
  '/\0',
  '/docs',
  'x',
])('nothing outside of the site is served: %s', (path) => {
  expect(siteOf(folder).find(path)).toBeUndefined();
});
