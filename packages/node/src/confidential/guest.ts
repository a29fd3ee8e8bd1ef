/** What a guest must be before its evidence means anything: nothing in it may write its memory somewhere, or look into it. */
import { readFileSync } from 'node:fs';

/** What is looked at. */
export interface GuestFacts {
  /** Arguments of the runtime itself. */
  readonly execArgv: readonly string[];
  /** `NODE_OPTIONS`. */
  readonly nodeOptions: string;
  /** Names of the environment's variables. */
  readonly variables: readonly string[];
  /** `/proc/self/limits`. */
  readonly limits: string;
  /** `/proc/swaps`. */
  readonly swaps: string;
}

/** Options that open nothing; every other one may, and there are more with every version. */
const HARMLESS = /^--(no-warnings|disable-sigusr1|enable-source-maps|max-(semi|old)-space-size=\d+)$/;
/** Variables by which the runtime writes down what it handles. */
const LOOKING: ReadonlySet<string> = new Set(['NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'NODE_V8_COVERAGE', 'SSLKEYLOGFILE']);

/** Whether one of the options could show what this process handles. */
const looks = ({ execArgv, nodeOptions, variables }: GuestFacts): boolean => {
  const options = [...execArgv, ...nodeOptions.split(/\s+/).filter((word) => word !== '')];
  return options.some((option) => !HARMLESS.test(option)) || variables.some((name) => LOOKING.has(name));
};

const sentences = {
  looking: 'An inspector, profiler, report or preloaded program could read prompts: start without such options.',
  cores: 'A crash would write memory to disk: set the limit of core files to 0 (`ulimit -Hc 0`).',
  swap: 'Memory could be swapped to disk: switch swap off (`swapoff -a`).',
} as const;

/** Why this process would not keep what it reads to itself, in sentences; empty: it does. */
export const guestFaults = (facts: GuestFacts): readonly string[] => [
  ...(looks(facts) ? [sentences.looking] : []),
  ...(/^Max core file size\s+0\s+0\s/m.test(facts.limits) ? [] : [sentences.cores]),
  ...(facts.swaps.trim().split('\n').length > 1 ? [sentences.swap] : []),
];

/** The same of a gateway, which is its owner's machine: a limit that its owner may lift again, and swap, are its owner's. */
export const gatewayFaults = (facts: GuestFacts): readonly string[] => [
  ...(looks(facts) ? [sentences.looking] : []),
  ...(/^Max core file size\s+[^\s0]/m.test(facts.limits) ? [sentences.cores.replace('-Hc', '-c')] : []),
];

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** The facts of this process. */
export const readGuestFacts = (): GuestFacts => ({
  execArgv: process.execArgv,
  nodeOptions: process.env.NODE_OPTIONS ?? '',
  variables: Object.keys(process.env),
  limits: text('/proc/self/limits'),
  swaps: text('/proc/swaps'),
});
