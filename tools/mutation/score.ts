/** What a mutation run is asked for, which changes it tries, and what their fates say about a folder. */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';

/** A run that makes sense. */
export interface Wanted {
  readonly folders: readonly string[];
  /** Changes drawn in each folder; all when absent. */
  readonly sample: number | undefined;
  readonly seed: string;
  /** Share of noticed changes, 0 to 1, below which a folder fails. */
  readonly bar: number;
}

/** A change that was tried. */
export interface Tried {
  /** Stryker's word for its fate. */
  readonly status: string;
}

/** Fates of changes that a test noticed; one that never ends is noticed by the clock. */
export const NOTICED: ReadonlySet<string> = new Set(['Killed', 'Timeout']);

const MISSED: ReadonlySet<string> = new Set(['Survived', 'NoCoverage']);

const OPTIONS = { sample: { type: 'string' }, seed: { type: 'string' }, break: { type: 'string' } } as const;

const fault = (reason: string) => ({ kind: 'fault' as const, reason });

/** Reads the words of a command line: what is wanted, or what is wrong with them. `known` are the folders there are. */
export const readWords = (
  words: readonly string[],
  known: readonly string[],
): { readonly kind: 'wanted'; readonly wanted: Wanted } | { readonly kind: 'fault'; readonly reason: string } => {
  const parsed = parseWords(words);
  if (typeof parsed === 'string') return fault(parsed);
  const { values, positionals } = parsed;
  const stranger = positionals.find((folder) => !known.includes(folder));
  if (stranger !== undefined) return fault(`${stranger} is none of the folders with a score: ${known.join(', ')}`);
  if (values.sample !== undefined && !/^[1-9]\d{0,5}$/.test(values.sample))
    return fault(
      `--sample takes how many changes of a folder are tried, a whole number from 1, not "${values.sample}"`,
    );
  const percent = values.break === undefined ? 0 : Number(values.break);
  if (values.break !== undefined && !(/^[\d.]+$/.test(values.break) && percent > 0 && percent <= 100))
    return fault(`--break takes the least score in percent, above 0 and up to 100, not "${values.break}"`);
  const sample = values.sample === undefined ? undefined : Number(values.sample);
  const folders = positionals.length === 0 ? known : positionals;
  return { kind: 'wanted', wanted: { folders, sample, seed: values.seed ?? 'atoma', bar: percent / 100 } };
};

const parseWords = (words: readonly string[]) => {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    return (error as Error).message;
  }
};

/** The `count` names that the seed puts first: the same at every run over the same names. */
export const draw = (all: readonly string[], count: number, seed: string): readonly string[] => {
  const order = (name: string): string => createHash('sha256').update(`${seed} ${name}`).digest('hex');
  return all
    .map((name) => [order(name), name] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, count)
    .map(([, name]) => name);
};

/** Bounds of the true share, with 95 % confidence: E. B. Wilson, 1927. */
export const interval = (hits: number, tries: number): readonly [low: number, high: number] => {
  const z = 1.96;
  const share = hits / tries;
  const middle = share + z ** 2 / (2 * tries);
  const width = z * Math.sqrt((share * (1 - share)) / tries + z ** 2 / (4 * tries ** 2));
  const scale = 1 + z ** 2 / tries;
  return [(middle - width) / scale, (middle + width) / scale];
};

/** How a folder fared. */
export interface Score {
  readonly noticed: number;
  /** Changes that count: not those that Stryker could not try. */
  readonly tried: number;
  /** Changes no test reaches. */
  readonly unreached: number;
  /** Changes that could not be tried: the test run broke off. */
  readonly untried: number;
  readonly share: number;
  readonly passes: boolean;
}

/** The score of a folder against a bar, a share. Where nothing could be tried nothing is shown: it does not pass. */
export const scoreOf = (mutants: readonly Tried[], bar: number): Score => {
  const count = (fates: ReadonlySet<string>): number => mutants.filter(({ status }) => fates.has(status)).length;
  const noticed = count(NOTICED);
  const tried = noticed + count(MISSED);
  const share = tried === 0 ? 0 : noticed / tried;
  const [unreached, untried] = [count(new Set(['NoCoverage'])), mutants.length - tried];
  return { noticed, tried, unreached, untried, share, passes: tried > 0 && share >= bar };
};

const inPercent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The score in words: with its interval where not all of the folder's changes were tried. */
export const storyOf = (
  folder: string,
  { noticed, tried, unreached, untried, share }: Score,
  total: number,
): string => {
  const isPart = tried > 0 && tried < total;
  const range = isPart ? `, 95 %: ${interval(noticed, tried).map(inPercent).join(' to ')}` : '';
  return `${folder}: ${inPercent(share)}, ${noticed} of ${tried} noticed, ${unreached} unreached, ${untried} could not be tried
  ${tried} of ${total} changes tried${range}`;
};
