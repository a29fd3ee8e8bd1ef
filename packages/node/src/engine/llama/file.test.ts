/** What is refused of a model file before it is loaded, and of its template. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkModelFile, templateFault } from './file.ts';
import { openTemplate } from './template.ts';

const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GGUF = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(60)]);

test('a model larger than the memory that is free is refused with both figures; of a server only its tokens are read', () => {
  const file = join(folder, 'large.gguf');
  writeFileSync(file, GGUF);
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

test.each([
  ['nothing', Buffer.alloc(0)],
  ['another format', Buffer.from('PK\u0003\u0004 and more than enough bytes')],
  ['a magic alone', GGUF.subarray(0, 12)],
])('%s is no model file', (_, bytes) => {
  const file = join(folder, 'bad.gguf');
  writeFileSync(file, bytes);
  expect(() => checkModelFile(file)).toThrowError(expect.objectContaining({ code: 'ENGINE_MODEL_FILE' }));
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
