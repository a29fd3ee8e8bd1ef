import { expect, test } from 'vitest';
import { compiledFrom } from './compile.ts';

const told = { modules: ['AA=='], dependencies: ['0x1'], digest: [0, 255] };
const answerOf = (value: unknown) => ({ ok: true, output: JSON.stringify(value) });

test('an answer of the compiler is read, or refused with what it said', () => {
  expect(compiledFrom('p', answerOf(told))).toEqual({ ...told, name: 'p', digest: '00ff' });
  const wrong = [{ modules: [1] }, { modules: null }, { dependencies: undefined }, { digest: [256] }, { digest: 'ff' }];
  for (const output of ['', 'warning: x', 'null', '7', ...wrong.map((each) => JSON.stringify({ ...told, ...each }))])
    expect(() => compiledFrom('p', { ok: true, output })).toThrowError(
      expect.objectContaining({ code: 'MOVE_WORKER', message: expect.stringContaining(output) }),
    );
  expect(() => compiledFrom('p', { ok: false, output: ' no such type\n' })).toThrow('does not compile:\nno such type');
});
