/** What a guest must be before its evidence means anything: nothing in it may write its memory somewhere, or look into it. */
import { readFileSync } from 'node:fs';

/** What is looked at. */
export interface GuestFacts {
  /** Arguments of the runtime itself. */
  readonly execArgv: readonly string[];
  /** `NODE_OPTIONS`. */
  readonly nodeOptions: string;
  /** `/proc/self/limits`. */
  readonly limits: string;
  /** `/proc/swaps`. */
  readonly swaps: string;
}

const LOOKING = /--(inspect|report-|heapsnapshot|heap-prof|cpu-prof|prof\b|require|import|loader)/;

/** Why this process would not keep what it reads to itself, in sentences; empty: it does. */
export const guestFaults = ({ execArgv, nodeOptions, limits, swaps }: GuestFacts): readonly string[] => [
  ...(LOOKING.test([...execArgv, nodeOptions].join(' '))
    ? ['An inspector, profiler, report or preloaded program could read prompts: start without such options.']
    : []),
  ...(/^Max core file size\s+0\s+0\s/m.test(limits)
    ? []
    : ['A crash would write memory to disk: set the limit of core files to 0 (`ulimit -Hc 0`).']),
  ...(swaps.trim().split('\n').length > 1 ? ['Memory could be swapped to disk: switch swap off (`swapoff -a`).'] : []),
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
  limits: text('/proc/self/limits'),
  swaps: text('/proc/swaps'),
});
