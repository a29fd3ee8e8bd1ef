import { readFileSync } from 'node:fs';
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

/** The real process as {@link Io}. */
export const processIo = (argv: readonly string[]): Io => {
  const [outTty, errTty, inTty] = [process.stdout.isTTY, process.stderr.isTTY, process.stdin.isTTY].map(Boolean);
  const lively = !isSet(process.env.CI) && process.env.TERM !== 'dumb';
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readStdin: () => readFileSync(0, 'utf8'),
    outIsTerminal: outTty === true,
    errIsTerminal: errTty === true,
    canAsk: inTty === true && errTty === true && lively,
    env: process.env,
    cwd: process.cwd(),
    paint: pico.createColors(wantsColor(process.env, outTty === true, argv)),
    paintErr: pico.createColors(wantsColor(process.env, errTty === true, argv)),
  };
};
