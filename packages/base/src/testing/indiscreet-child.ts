/** A process that reads a secret from its input, keeps to itself, and ends as badly as it is told: `indiscreet-child.ts HOW`. */
import { url } from 'node:inspector';
import { text } from 'node:stream/consumers';
import { keepToItself } from '../discretion.ts';

/** When a signal that should have come ends the process as a failure. */
const LATE_MS = 60_000;

/** Ways to end. */
const ends: Readonly<Record<string, (secret: string) => void>> = {
  'an error that quotes what could not be parsed': (secret) => {
    setTimeout(() => JSON.parse(`{"text": ${secret}`));
  },
  'a promise nobody waits for, with frames in its text': (secret) => {
    void Promise.reject(new TypeError(`it said\n    at ${secret} (file.ts:1:1)\n${secret}`));
  },
  'something thrown that is no error': (secret) => {
    setTimeout(() => {
      throw { secret };
    });
  },
  'no memory left': (secret) => {
    const kept: string[][] = [];
    for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => `${secret}${i}`));
  },
  'the signal that opens an inspector': () => {
    // Where nobody takes it the inspector does, which a listener of ours would hide.
    if (process.listenerCount('SIGUSR1') === 0) process.exit(8);
    process.once('SIGUSR1', () => process.exit(url() === undefined ? 7 : 8));
    process.kill(process.pid, 'SIGUSR1');
    setTimeout(() => process.exit(9), LATE_MS);
  },
  'the signal that writes a report': () => {
    process.kill(process.pid, 'SIGUSR2');
    setTimeout(() => process.exit(9), LATE_MS);
  },
};

const how = process.argv[2];
if (how !== undefined) {
  const secret = await text(process.stdin);
  keepToItself();
  ends[how]?.(secret);
}
