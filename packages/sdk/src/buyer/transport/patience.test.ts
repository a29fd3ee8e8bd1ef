import { expect, test } from 'vitest';
import { piecesAnswer } from '../../testing/scripted-node.ts';
import type { NodeRequest } from './http.ts';
import { PATIENCE_MS, patient } from './patience.ts';

const request = (url: string): NodeRequest => ({ url, path: '/', method: 'GET', headers: {}, timeoutMs: 1 });

test('the time of heads, of pieces and of whole answers counts, for each address by itself', async () => {
  let ms = 0;
  let ended = 0;
  const send = patient(
    async () => {
      ms += PATIENCE_MS / 4;
      const { bytes, ...answer } = piecesAnswer(['a', 'b'], { status: 201, x: 'y' });
      async function* body() {
        try {
          for await (const piece of answer.body) {
            ms += PATIENCE_MS / 4;
            yield piece;
          }
        } finally {
          ended++;
        }
      }
      const slow = async () => {
        ms += PATIENCE_MS / 2;
        return bytes();
      };
      return { ...answer, body: body(), bytes: slow };
    },
    () => ms,
  );
  const first = await send(request('a'));
  expect([first.status, first.header('x')]).toEqual([201, 'y']);
  for await (const piece of first.body) {
    expect(String(piece)).toBe('a');
    break;
  }
  expect(ended).toBe(1);
  const other = await send(request('b'));
  expect(String(await other.bytes())).toBe('ab');
  expect(String(await (await send(request('a'))).bytes())).toBe('ab');
  await expect(send(request('a'))).rejects.toThrow('took too long');
  await send(request('b'));
  await expect(send(request('b'))).rejects.toThrow('took too long');
});
