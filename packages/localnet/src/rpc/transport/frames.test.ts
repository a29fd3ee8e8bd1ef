import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeRequest,
  decodeText,
  encodeFrame,
  encodeText,
  encodeTrailers,
  MAX_MESSAGE_BYTES,
  trailerPairs,
} from './frames.ts';

const thrownCode = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'nothing thrown';
};

test('a frame carries any message there and back, also as text in pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (message) => {
      const frame = encodeFrame(0, message);
      expect(Buffer.from(decodeRequest(frame))).toEqual(Buffer.from(message));
      expect(Buffer.from(decodeRequest(decodeText(encodeText(frame))))).toEqual(Buffer.from(message));
    }),
  );
});

test('text bodies may be several padded base64 pieces in a row', () => {
  const pieces = ['a', 'bc', 'def'].map((part) => Buffer.from(part).toString('base64')).join('');
  expect(Buffer.from(decodeText(Buffer.from(pieces))).toString()).toBe('abcdef');
});

test.each([
  ['too short', Buffer.alloc(4), 'RPC_BAD_FRAME'],
  ['empty', Buffer.alloc(0), 'RPC_BAD_FRAME'],
  ['a trailer frame', encodeFrame(0x80, Buffer.alloc(0)), 'RPC_BAD_FRAME'],
  ['compressed', encodeFrame(1, Buffer.alloc(3)), 'RPC_COMPRESSED'],
  ['bytes after the frame', Buffer.concat([encodeFrame(0, Buffer.alloc(3)), Buffer.alloc(1)]), 'RPC_BAD_FRAME'],
  ['fewer bytes than announced', encodeFrame(0, Buffer.alloc(9)).subarray(0, 10), 'RPC_BAD_FRAME'],
  ['a length beyond the limit', Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), 'RPC_BODY_TOO_LARGE'],
])('refuses %s', (_name, body, code) => {
  expect(thrownCode(() => decodeRequest(body))).toBe(code);
});

test('refuses text that is not base64', () => {
  expect(thrownCode(() => decodeText(Buffer.from('no*base64')))).toBe('RPC_BAD_FRAME');
});

test('any bytes decode or fail with a code of the catalogue', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const decode of [decodeRequest, decodeText]) {
        const code = thrownCode(() => decode(bytes));
        expect(['nothing thrown', 'RPC_BAD_FRAME', 'RPC_COMPRESSED', 'RPC_BODY_TOO_LARGE']).toContain(code);
      }
    }),
  );
});

test('the limit leaves room for the largest transaction many times', () => {
  expect(MAX_MESSAGE_BYTES).toBeGreaterThan(16 * 128 * 1024);
});

test('trailers survive line breaks and other scripts in a message', () => {
  const pairs = trailerPairs({ code: 3, message: 'two\r\nlines, żółć' });
  expect(decodeURIComponent(pairs['grpc-message'] as string)).toBe('two\r\nlines, żółć');
  const lines = encodeTrailers({ code: 3, message: 'two\r\nlines' }).subarray(5).toString().split('\r\n');
  expect(lines[0]).toBe('grpc-status:3');
  expect(lines).toHaveLength(3);
});
