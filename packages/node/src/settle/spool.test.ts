import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSpool } from './spool.ts';

test('what was written in pieces is read in lines, from any position, again and again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 40 }).map((line) => line.replaceAll('\n', 'é'))),
      fc.integer({ min: 1, max: 50 }),
      async (texts, step) => {
        const spool = openSpool();
        const bytes = Buffer.from(texts.map((line) => `${line}\n`).join(''));
        for (let at = 0; at < bytes.length; at += step) spool.write(bytes.subarray(at, at + step));
        for (let again = 0; again < 2; again++) {
          const lines = [];
          for await (const line of spool.lines()) lines.push(line);
          expect(lines.map((line) => line.text)).toEqual(texts.map((line) => Buffer.from(line).toString('utf8')));
          for (const { text, at, length } of lines) expect(spool.read(at, length).toString('utf8')).toBe(text);
        }
        expect(spool.size()).toBe(bytes.length);
        spool.close();
      },
    ),
    { numRuns: 30 },
  );
});

test('lines longer than what is read at once are whole; an unfinished one is none', async () => {
  const spool = openSpool();
  const long = 'x'.repeat(700_000);
  spool.write(Buffer.from(`head\n${long}\nunfinished`));
  const lines = [];
  for await (const line of spool.lines(5)) lines.push(line.text);
  expect(lines).toEqual([long]);
  spool.close();
});

test('a line without end takes no memory without end: it and what follows are not read', async () => {
  const spool = openSpool();
  spool.write(Buffer.from('head\n'));
  const part = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 130; i++) spool.write(part);
  spool.write(Buffer.from('\nbehind\n'));
  const lines = [];
  for await (const line of spool.lines()) lines.push(line.text);
  expect(lines).toEqual(['head']);
  spool.close();
});

test('where there is no room the directory is named', () => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = '/proc/nowhere';
  try {
    expect(openSpool).toThrowError(
      expect.objectContaining({ code: 'NODE_SPOOL', message: expect.stringContaining('/proc/nowhere') }),
    );
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});
