import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorPages } from '../build/error-pages.ts';
import { sidebar } from './.vitepress/sidebar.ts';
import { writeVersions } from './build.ts';

test('every error of every catalogue has a page, with a message and a remedy', () => {
  const pages = errorPages();
  const codes = pages.map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(250);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of [
    'CLI_PORT_TAKEN',
    'SDK_INSUFFICIENT_SUI',
    'NETWORK_UNREACHABLE',
    'NODE_DATABASE_IN_USE',
    'WALLET_UNREADABLE',
    'ENodeNotFound',
  ])
    expect(codes).toContain(code);
  expect(pages.filter(({ message, hint }) => message === '' || hint === '').map(({ code }) => code)).toEqual([]);
});

test('every page of docs stands beside the pages, and what stands there exists', () => {
  const root = join(import.meta.dirname, '../..');
  const links = Object.values(sidebar()).flatMap((groups) =>
    groups.flatMap(({ items }) => items.map(({ link }) => link)),
  );
  const names = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  expect(names.filter((name) => !links.includes(`/docs/${name.replace(/\.md$/, '')}`))).toEqual([]);
  const made = ['/', '/errors/']; // by the build
  expect(links.filter((link) => !made.includes(link) && !existsSync(join(root, `${link}.md`)))).toEqual([]);
});

test('versions are listed by number, the newest first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atoma-versions-'));
  for (const name of ['0.9.0', '0.10.0', '0.2.1', 'assets']) mkdirSync(join(folder, name));
  writeVersions(folder);
  expect(JSON.parse(readFileSync(join(folder, 'versions.json'), 'utf8'))).toEqual(['0.10.0', '0.9.0', '0.2.1']);
  expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain('url=0.10.0/');
  rmSync(folder, { recursive: true });
});
