import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hashOf } from './copy.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-copy-'));
afterAll(() => rmSync(directory, { recursive: true }));

test.each([0, 1, 1 << 20, (5 << 20) + 3])('the hash of %s bytes is that of the whole file', (size) => {
  const bytes = Buffer.alloc(size, 'never the same part twice: 1234567');
  const file = join(directory, String(size));
  writeFileSync(file, bytes);
  expect(hashOf(file)).toBe(createHash('sha256').update(bytes).digest('hex'));
});
