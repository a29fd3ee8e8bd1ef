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

/** Options that open nothing: memory, warnings, sockets, certificates. Every other one may, and there are more with every version. */
const HARMLESS: ReadonlySet<string> = new Set(
  `--no-warnings --disable-warning --no-deprecation --trace-warnings --trace-deprecation --pending-deprecation
  --disable-sigusr1 --enable-source-maps --stack-trace-limit --title --v8-pool-size
  --max-semi-space-size --max-old-space-size --max-old-space-size-percentage --max-heap-size --secure-heap --secure-heap-min
  --use-openssl-ca --use-bundled-ca --use-system-ca --enable-fips --force-fips --tls-min-v1.2 --tls-min-v1.3
  --dns-result-order --network-family-autoselection --no-network-family-autoselection
  --network-family-autoselection-attempt-timeout --max-http-header-size --frozen-intrinsics
  --disallow-code-generation-from-strings --disable-proto --no-addons --no-global-search-paths`.split(/\s+/),
);
/** Variables by which the runtime writes down what it handles. */
const LOOKING: ReadonlySet<string> = new Set(['NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'NODE_V8_COVERAGE', 'SSLKEYLOGFILE']);

/** The name of an option as the runtime takes it: V8's may be written with underscores. */
const nameOf = (option: string): string => (option.split('=', 1)[0] as string).replaceAll('_', '-');

/** A value that stands apart from its option. Words in quotes are none: the runtime takes them apart. */
const VALUE = /^\w[\w.:]*$/;

/** The first word that is neither a harmless option nor the value of one. */
const firstHarmful = (words: readonly string[]): string | undefined =>
  words.find((word, i) => !HARMLESS.has(nameOf(word)) && (i === 0 || !VALUE.test(word)));

/** The first option or variable that could show what this process handles, by its name. */
const looking = ({ execArgv, nodeOptions, variables }: GuestFacts): string | undefined => {
  const option = firstHarmful(execArgv) ?? firstHarmful(nodeOptions.split(/\s+/).filter((word) => word !== ''));
  return option === undefined ? variables.find((name) => LOOKING.has(name)) : option.split('=', 1)[0];
};

const sentences = {
  looking: (name: string) =>
    `An inspector, profiler, report or preloaded program could read prompts: start without ${name}.`,
  cores: 'A crash would write memory to disk: set the limit of core files to 0 (`ulimit -Hc 0`).',
  swap: 'Memory could be swapped to disk: switch swap off (`swapoff -a`).',
} as const;

const lookingFaults = (facts: GuestFacts): readonly string[] => {
  const name = looking(facts);
  return name === undefined ? [] : [sentences.looking(name)];
};

/** Why this process would not keep what it reads to itself, in sentences; empty: it does. */
export const guestFaults = (facts: GuestFacts): readonly string[] => [
  ...lookingFaults(facts),
  ...(/^Max core file size\s+0\s+0\s/m.test(facts.limits) ? [] : [sentences.cores]),
  ...(facts.swaps.trim().split('\n').length > 1 ? [sentences.swap] : []),
];

/** The same of a gateway, which is its owner's machine: a limit that its owner may lift again, and swap, are its owner's. */
export const gatewayFaults = (facts: GuestFacts): readonly string[] => [
  ...lookingFaults(facts),
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
