/** What is refused of a model file before it is loaded, and of its template. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AtomaError } from '@atoma/base';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type GgufParts, ggufNumber, ggufText, ggufTexts, readGguf, writeGguf } from '../../testing/gguf.ts';
import { modelFile } from '../../testing/models.ts';
import { checkModelFile, checkRoles, nameOf, templateFault, watchFile } from './file.ts';
import { openTemplate } from './template.ts';

const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const whole = readFileSync(modelFile('atoma-small-f16'));
const file = join(folder, 'model.gguf');
const why = (bytes: Uint8Array): string => {
  writeFileSync(file, bytes);
  try {
    checkModelFile(file);
    return 'fit';
  } catch (error) {
    const { code, details } = error as AtomaError;
    return `${code} ${details.why}`;
  }
};

test('a model larger than the memory that is free is refused with both figures; of a server only its tokens are read', () => {
  writeFileSync(file, whole);
  const size = freemem() + 2 ** 40;
  truncateSync(file, size); // a hole: it takes no place on disk
  expect(() => checkModelFile(file)).toThrowError(
    expect.objectContaining({
      code: 'ENGINE_MODEL_FILE',
      details: expect.objectContaining({ why: expect.stringMatching(new RegExp(`^it has ${size} bytes and .*free$`)) }),
    }),
  );
  expect(() => checkModelFile(file, false)).not.toThrow();
});

test('what lies at the path must be a file that can be read', () => {
  execFileSync('mkfifo', [join(folder, 'pipe.gguf')]);
  symlinkSync('loop.gguf', join(folder, 'loop.gguf'));
  const said = ['', 'pipe.gguf', 'loop.gguf', 'absent.gguf'].map((name) => {
    try {
      return checkModelFile(join(folder, name));
    } catch (error) {
      const { code, details, cause } = error as AtomaError;
      return [code, details.why, cause];
    }
  });
  expect(said).toEqual([
    ['ENGINE_MODEL_FILE', 'it is a directory', undefined],
    ['ENGINE_MODEL_FILE', 'it is no file', undefined],
    ['ENGINE_MODEL_FILE', expect.stringMatching(/^ELOOP/), undefined],
    ['ENGINE_MODEL_FILE', expect.stringMatching(/^ENOENT/), undefined],
  ]);
});

test.each([
  ['nothing', Buffer.alloc(0), 'it is no GGUF file'],
  ['another format', Buffer.from('PK\u0003\u0004 and more than enough bytes'), 'it is no GGUF file'],
  ['a magic alone', whole.subarray(0, 12), 'it is cut short or damaged'],
  ['a head that is cut', whole.subarray(0, 5_000), 'it is cut short or damaged'],
  ['a whole file', whole, undefined],
])('%s', (_, bytes, expected) => {
  expect(why(bytes)).toBe(expected === undefined ? 'fit' : `ENGINE_MODEL_FILE ${expected}`);
});

type Edit = (parts: GgufParts) => GgufParts | Buffer | undefined;
const set =
  (key: string, value: Buffer): Edit =>
  ({ metadata }) =>
    void metadata.set(key, value);
/** Writes another length into a value of metadata. */
const long =
  (key: string, at: number, length: bigint): Edit =>
  ({ metadata }) => {
    const value = Buffer.from(metadata.get(key) as Buffer);
    value.writeBigUInt64LE(length, at);
    metadata.set(key, value);
  };
const damaged = 'it is cut short or damaged';

test.each<readonly [string, Edit, string]>([
  ['a count of metadata beyond all files', (parts) => writeGguf(parts, { metadata: 2n ** 62n }), damaged],
  ['a count of metadata beyond this file', (parts) => writeGguf(parts, { metadata: 100_000_000n }), damaged],
  ['a count of tensors beyond all files', (parts) => writeGguf(parts, { tensors: 2n ** 62n }), damaged],
  ['a text longer than the file', long('general.name', 4, 2n ** 60n), damaged],
  ['a list longer than the file', long('tokenizer.ggml.tokens', 8, 2n ** 50n), damaged],
  ['an unknown type', set('general.name', Buffer.from([99, 0, 0, 0])), damaged],
  ['version 1', (parts) => ({ ...parts, version: 1 }), 'it is of version 1, and 2 and 3 can be read'],
  [
    'the other order of bytes',
    (parts) => ({ ...parts, version: 3 * 2 ** 24 }),
    'it is written for big-endian machines',
  ],
  ['a LoRA adapter', set('general.type', ggufText('adapter')), 'it is a LoRA adapter'],
  ['a projector', set('general.architecture', ggufText('clip')), 'it is a projector of pictures or sound'],
  ['an importance matrix', set('general.type', ggufText('imatrix')), 'it is an importance matrix'],
  ['a part', set('split.count', Buffer.from([2, 0, 0, 0, 2, 0])), 'it is one of 2 parts of a model'],
  ['no architecture', ({ metadata }) => void metadata.delete('general.architecture'), 'it names no architecture'],
  ['no tokens', set('tokenizer.ggml.tokens', ggufTexts([])), 'it has no tokens'],
  ['no tokenizer', ({ metadata }) => void metadata.delete('tokenizer.ggml.tokens'), 'it has no tokens'],
  ['no layers', set('llama.block_count', ggufNumber(0)), 'it has no layers'],
  ['no context', set('llama.context_length', ggufNumber(0)), 'its context has no room for a token'],
  ['no weights', ({ tensors }) => void tensors.clear(), 'it has no weights'],
])('%s is said', (_, edit, expected) => {
  const parts = readGguf(Buffer.from(whole));
  const edited = edit(parts) ?? parts;
  expect(why(Buffer.isBuffer(edited) ? edited : writeGguf(edited))).toBe(`ENGINE_MODEL_FILE ${expected}`);
});

test('any beginning of a file, and any byte of its head in place of another, is judged in a moment', () => {
  const { metadata, tensors, data, version } = readGguf(Buffer.from(whole));
  metadata.set('tokenizer.ggml.merges', ggufTexts(['a b']));
  const small = writeGguf({ version, metadata, tensors, data: data.subarray(0, 64) });
  const head = small.length - 64;
  fc.assert(
    fc.property(fc.nat(head - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
      const bent = Buffer.from(small);
      bent[at] = byte;
      expect(why(cut ? small.subarray(0, at) : bent)).toMatch(/^(fit|ENGINE_MODEL_FILE .+)$/s);
    }),
  );
});

test('a name that no chain takes, or that acts on a terminal, gives way to that of the file', () => {
  const own: readonly (readonly [unknown, string])[] = [
    ['atoma/small', 'atoma/small'],
    ['evil\nname\u001b[31m', 'small'],
    ['a@sketch/1/00', 'small'],
    ['n'.repeat(129), 'small'],
    [5, 'small'],
    [undefined, 'small'],
    ['', 'small'],
  ];
  expect(own.map(([name]) => nameOf('/models/small.gguf', name))).toEqual(own.map(([, name]) => name));
  expect(nameOf('/models/\u001b[31m.gguf', undefined)).toBe('model');
});

test('chats of a model that makes embeddings alone are not sold', () => {
  expect(() => checkRoles('a.gguf', [0], 'nomic-bert')).toThrowError(
    expect.objectContaining({ code: 'ENGINE_MODEL_FILE' }),
  );
  expect(() => checkRoles('a.gguf', [1], 'nomic-bert')).not.toThrow();
  expect(() => checkRoles('a.gguf', [0, 1], 'llama')).not.toThrow();
});

test('a file is changed when it is written to or cut, not when it is moved or deleted', () => {
  writeFileSync(file, whole);
  const isChanged = watchFile(file);
  renameSync(file, `${file}.old`);
  writeFileSync(file, 'another');
  expect(isChanged()).toBe(false);
  truncateSync(`${file}.old`, 100);
  expect(isChanged()).toBe(true);
  rmSync(`${file}.old`);
});

test('a template that is none is the fault of the file, one that fails on a conversation that of the request', () => {
  const tokens = { bos: '', eos: '' };
  expect(() => openTemplate('{% for m in messages %}{{ m.role }}', 'm', tokens)).toThrow();
  expect(templateFault('a.gguf', new Error('Unclosed'))).toMatchObject({
    code: 'ENGINE_MODEL_FILE',
    details: { file: 'a.gguf', why: 'its chat template cannot be read (Unclosed)' },
  });
  const strict = openTemplate(
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system message') }}{% endif %}{{ m.content }}{% endfor %}",
    'm',
    tokens,
  );
  expect(strict.render({ messages: [{ role: 'user', content: 'hi' }] })).toContainEqual({ text: 'hi', own: false });
  expect(() => strict.render({ messages: [{ role: 'system', content: 'hi' }] })).toThrowError(
    expect.objectContaining({
      code: 'ENGINE_REJECTED',
      details: { why: 'its chat template does not take these messages (no system message)' },
    }),
  );
});

test('a template that loops is stopped', () => {
  const loops = [...'abcd'].map((name) => `{% for ${name} in range(100000) %}`).join('');
  const endless = openTemplate(`${loops}${'{% endfor %}'.repeat(4)}`, 'm', { bos: '', eos: '' }, 20);
  expect(() => endless.render({ messages: [] })).toThrowError(expect.objectContaining({ code: 'ENGINE_REJECTED' }));
});
