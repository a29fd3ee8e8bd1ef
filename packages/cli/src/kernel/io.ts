import { readSync } from 'node:fs';
import pico from 'picocolors';
import { isSet, wantsColor } from './color.ts';

/** Text colours; the identity when colour is off. */
export type Paint = ReturnType<typeof pico.createColors>;

/** Everything the program may touch of the process around it, so that tests can stand in for it. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The whole of standard input as text. */
  readonly readStdin: () => string;
  /** Standard input as it comes. */
  readonly input: () => NodeJS.ReadableStream;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** True when a person can be asked: input and messages are both on a terminal and CI is not set. */
  readonly canAsk: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Colours for standard output and for standard error. */
  readonly paint: Paint;
  readonly paintErr: Paint;
}

const LOOK_MS = 10;

/** All of standard input. Where another program has made it non-blocking there may be nothing yet: then it is looked at again. */
const readAll = (): string => {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  const wait = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      const length = readSync(0, buffer);
      if (length === 0) return Buffer.concat(chunks).toString('utf8');
      chunks.push(Buffer.from(buffer.subarray(0, length)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return Buffer.concat(chunks).toString('utf8'); // how Windows ends a pipe
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(wait, 0, 0, LOOK_MS);
    }
  }
};

/** The real process as {@link Io}. */
export const processIo = (argv: readonly string[]): Io => {
  const [outTty, errTty, inTty] = [process.stdout.isTTY, process.stderr.isTTY, process.stdin.isTTY].map(Boolean);
  const lively = !isSet(process.env.CI) && process.env.TERM !== 'dumb';
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readStdin: readAll,
    input: () => process.stdin,
    outIsTerminal: outTty === true,
    errIsTerminal: errTty === true,
    canAsk: inTty === true && errTty === true && lively,
    env: process.env,
    cwd: process.cwd(),
    paint: pico.createColors(wantsColor(process.env, outTty === true, argv)),
    paintErr: pico.createColors(wantsColor(process.env, errTty === true, argv)),
  };
};
