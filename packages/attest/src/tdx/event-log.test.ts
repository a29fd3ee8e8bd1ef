import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readPolicy } from '../policy.ts';
import { Refusal } from '../reason.ts';
import { makeEventLog, makeImage } from '../testing/event-logs.ts';
import { digestsOf, eventLogReasons, holdsEvents, readEventLog, replayed } from './event-log.ts';
import { commandLineDigest, fileDigest, imageDigest } from './image.ts';

const sha = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha384');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const [a, b, c] = [sha('a'), sha('b'), sha('c')];
const log = makeEventLog([
  { index: 1, digest: a, data: 'firmware' },
  { index: 2, digest: b },
  { index: 0, type: 3, digest: c, data: 'tells about the platform, and is not measured' },
  { index: 2, digest: c, data: '\0\0\0\0' },
]);

test('a log is read event by event, and replayed to registers as the hardware extends them', () => {
  const events = readEventLog(log);
  expect(events.map(({ register, digest }) => [register, digest])).toEqual([
    ['rtmr0', a],
    ['rtmr1', b],
    ['rtmr1', c],
  ]);
  const zeros = Buffer.alloc(48);
  const first = Buffer.from(sha(zeros, Buffer.from(b, 'hex')), 'hex');
  expect(replayed(digestsOf(events, 'rtmr1'))).toBe(sha(first, Buffer.from(c, 'hex')));
  expect(replayed([])).toBe('00'.repeat(48));
});

test('a register of a real guest follows from what its boot measured: Google’s COS 113, as go-eventlog publishes it', () => {
  const efi = (text: string): string => sha(text);
  const digests = [
    efi('Calling EFI Application from Boot Option'),
    sha(Buffer.alloc(4)), // the separator
    'e1d51dadc14440d4800e54731a818bd38e43c38a672ef490e2504be2dced5ba080a6931b414146f22f7d850c09a9cb3f',
    '5a10026c9ad41d1f90dc9cfe88bcabe1842ccfd85495c81b1a1ab926a9ef23b5d2e60eefeba0415bbe5c8c328a899a0a',
    'b1fb7f4c0689f5a920b800b2607075f4906f8c8282d44e56fc991ec01f1adac176d2040a26f1453df112d7c4f4293fc9',
    efi('Exit Boot Services Invocation'),
    efi('Exit Boot Services Returned with Success'),
  ];
  const rtmr1 = 'f62dbc072bd5d3f3438b7b35c39a727f5aea2ffc2473f43723953f530daf62504f0a7944aa62c41a86e8a878c2b122c1';
  const boot = makeEventLog(digests.map((digest) => ({ index: 2, digest })));
  expect(replayed(digestsOf(readEventLog(boot), 'rtmr1'))).toBe(rtmr1);
  expect(eventLogReasons(boot, { rtmr1 })).toEqual([]);
  const later = makeEventLog([...digests, a].map((digest) => ({ index: 2, digest })));
  expect(eventLogReasons(later, { rtmr1 })).toMatchObject([
    { code: 'measurement', text: expect.stringContaining('rtmr1') },
  ]);
  expect(eventLogReasons(Buffer.from('no log'), { rtmr1 })).toMatchObject([{ code: 'malformed' }]);
});

test('the memory of a log is larger than the log: filling of ones or zeros ends it', () => {
  for (const byte of [0, 0xff])
    expect(readEventLog(Buffer.concat([log, Buffer.alloc(1_000, byte)]))).toEqual(readEventLog(log));
});

test.each([
  ['no log', Buffer.from('hello, this is no log'), /ends after|does not begin/],
  ['cut within an event', log.subarray(0, log.length - 1), /within a field/],
  ['bytes behind the last event', Buffer.concat([log, Buffer.of(7)]), /within a field/],
  ['a register a guest cannot extend', makeEventLog([{ index: 9, digest: a }]), /register 9/],
  [
    'an older header',
    Buffer.concat([Buffer.alloc(28), Buffer.of(4, 0, 0, 0), Buffer.alloc(4)]),
    /does not begin|ends after/,
  ],
])('it is refused: %s', (_, bytes, why) => {
  expect(() => readEventLog(bytes)).toThrow(why);
});

test('each cut is refused, or leaves the events that lie whole before it', () => {
  const whole = readEventLog(log);
  const left = Array.from({ length: log.length }, (_, at) => {
    try {
      return readEventLog(log.subarray(0, at)).length;
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal);
      return 'refused';
    }
  });
  expect(left.filter((each) => each !== 'refused')).not.toContain(whole.length);
  expect(new Set(left)).toEqual(new Set(['refused', 0, 1, 2]));
});

test('a register is held against events in order; the log only chooses among alternatives', () => {
  const register = replayed([a, b]);
  expect(holdsEvents(register, [a, b], [])).toBe(true);
  expect(holdsEvents(register, [b, a], [])).toBe(false);
  expect(holdsEvents(register, [a], [a, b])).toBe(false);
  expect(holdsEvents(register, [a, b, c], [a, b])).toBe(false);
  expect(holdsEvents(register, [a, [c, b]], [a, b])).toBe(true);
  expect(holdsEvents(register, [a, [c, b]], [])).toBe(false);
  expect(holdsEvents(register, [a, [c, b]], [a, c])).toBe(false); // the log lies
  expect(holdsEvents(replayed([]), [], [])).toBe(true);
});

test('a policy takes a register as a value or as events', () => {
  const entry = { mrtd: a, rtmr0: a, rtmr1: [a, [b, c]], rtmr2: [] };
  expect(readPolicy(JSON.stringify({ measurements: { tdx: [entry] } })).measurements?.tdx?.[0]).toMatchObject(entry);
  for (const rtmr1 of [['x'], [[]], 7])
    expect(() => readPolicy(JSON.stringify({ measurements: { tdx: [{ ...entry, rtmr1 }] } }))).toThrow(/rtmr1/);
});

test('an image is hashed without checksum and signatures, sections in the order they lie', () => {
  const plain = makeImage();
  const optional = 0x80 + 24;
  const expected = sha(
    plain.subarray(0, optional + 64),
    plain.subarray(optional + 68, optional + 144),
    plain.subarray(optional + 152, 0x400),
    plain.subarray(0x400),
  );
  expect(imageDigest(plain)).toBe(expected);
  expect(imageDigest(makeImage({ checksum: 7, signature: 'signed by its vendor' }))).toBe(expected);
  const other = Buffer.from(plain);
  other[0x500] = 1;
  expect(imageDigest(other)).not.toBe(expected);
  for (const bad of [Buffer.from('MZ'), Buffer.alloc(100), plain.subarray(0, 0x500), plain.subarray(0, 0x90)])
    expect(() => imageDigest(bad)).toThrow(/PE file|ends/);
});

test('a command line is measured as UTF-16 with its end, an initrd as it lies', () => {
  expect(commandLineDigest('ro')).toBe(sha(Buffer.from([0x72, 0, 0x6f, 0, 0, 0])));
  expect(fileDigest(Buffer.from('initrd'))).toBe(sha('initrd'));
});
