import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { errorLines, errorPage } from './error-text.ts';
import { errorReport, pageReport } from './handler.ts';
import { pathOf, siteOf } from './site.ts';
import { docsCommands } from './spec.ts';

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

test('without a site the page of an error is text, found in any case', () => {
  const page = { code: 'CLI_USAGE', message: '{what}', hint: 'Look.', retryable: true };
  expect(errorPage('cli_usage', [page])).toBe(page);
  expect(errorPage('CLI_NOTHING', [page])).toBeUndefined();
  expect(errorLines(page).join('\n')).toContain('what next: Look.\n  The same call may succeed later.');
  expect(errorLines({ ...page, retryable: false }).join('\n')).toContain('fails again');
});

test('what the command writes as JSON follows its schema', () => {
  const schema = jsonSchemaOf(docsCommands.docs.output as Shape);
  const common = { schema: 'atoma/docs/1', network: 'embedded' };
  expect(schemaFaults(schema, { ...common, ...pageReport('http://127.0.0.1:8790/').data })).toEqual([]);
  const page = { code: 'CLI_USAGE', message: 'm', hint: 'h', retryable: false };
  expect(schemaFaults(schema, { ...common, ...errorReport(page).data })).toEqual([]);
  expect(schemaFaults(schema, { ...common, page })).not.toEqual([]);
});
