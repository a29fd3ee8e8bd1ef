import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeNamedFile } from './write-file.ts';

const directory = (): string => mkdtempSync(join(tmpdir(), 'atoma-write-'));

test('a file is written, over another one and through a link, and nothing is left beside it', () => {
  const at = directory();
  const [file, link] = [join(at, 'file'), join(at, 'link')];
  writeNamedFile(file, 'first', 0o600);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  symlinkSync(file, link);
  writeNamedFile(link, 'second');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('second');
  expect(readdirSync(at).sort()).toEqual(['file', 'link']);
});

test('what cannot be written is told as such', () => {
  const at = directory();
  writeFileSync(join(at, 'file'), 'old');
  mkdirSync(join(at, 'folder'));
  for (const file of ['folder', 'absent/new', 'file/new'].map((name) => join(at, name)))
    expect(() => writeNamedFile(file, 'new')).toThrow(
      expect.objectContaining({
        code: 'CLI_FILE_UNWRITABLE',
        message: expect.stringContaining(`${file} cannot be written: E`),
      }),
    );
  expect(readFileSync(join(at, 'file'), 'utf8')).toBe('old');
  expect(readdirSync(at).sort()).toEqual(['file', 'folder']);
});
