import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tokenOf } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-token-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a token is made once, for its owner alone; an empty file is none, what a person wrote is one', () => {
  const path = join(directory, 'below/token');
  const made = tokenOf(path);
  expect(made).toMatch(/^[0-9a-f]{64}$/);
  expect([tokenOf(path), statSync(path).mode & 0o777]).toEqual([made, 0o600]);
  for (const empty of ['', '\n']) {
    writeFileSync(path, empty);
    expect(tokenOf(path)).toMatch(/^[0-9a-f]{64}$/);
  }
  writeFileSync(path, 'my own\n', { mode: 0o644 });
  expect([tokenOf(path), statSync(path).mode & 0o777]).toEqual(['my own', 0o600]);
  expect(readdirSync(join(directory, 'below'))).toEqual(['token']);
});

test('processes that make tokens at once have the same ones', async () => {
  const source = `
    import { tokenOf } from ${JSON.stringify(join(import.meta.dirname, 'token.ts'))};
    process.stdin.once('data', () => {
      for (let i = 0; i < 300; i++) console.log(tokenOf(${JSON.stringify(`${directory}/at-once-`)} + i));
      process.stdin.destroy();
    });
    console.log('ready');`;
  const started = Array.from({ length: 3 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (part: Buffer) => {
      said += part.toString();
    });
    return { child, ready: once(child.stdout, 'data'), ended: once(child, 'close').then(() => said) };
  });
  await Promise.all(started.map(({ ready }) => ready));
  for (const { child } of started) child.stdin.write('go\n');
  const [first, ...others] = await Promise.all(started.map(({ ended }) => ended));
  expect(first?.match(/^[0-9a-f]{64}$/gm)).toHaveLength(300);
  for (const other of others) expect(other).toBe(first);
});
