/** The built-in scenarios. */
import { labError } from './lab-errors.ts';
import { readScenario, type Scenario, scenarioDefaults } from './scenario.ts';

type Entry = Partial<Scenario> & Pick<Scenario, 'name' | 'fault'> & { readonly what: string };

/** Every settlement is checked, so that a stack shows whether the check finds what is wrong. */
const ALWAYS = { attestationProbability: 1_000_000_000_000n } as const;

const entries: readonly Entry[] = [
  { name: 'honest', fault: 'honest', what: 'nothing is wrong: everyone does the work' },
  { name: 'other-model', fault: 'other-model', what: 'the node answers with another model than it sold' },
  { name: 'truncated-output', fault: 'truncated-output', what: 'the node cuts an answer short and charges the whole' },
  {
    name: 'inflated-units',
    fault: 'inflated-units',
    what: 'the node claims more units than its receipts say',
    watch: true,
  },
  {
    name: 'forged-root',
    fault: 'forged-root',
    what: 'the node settles with a made-up root; the buyer watches',
    watch: true,
  },
  { name: 'forged-root-unwatched', fault: 'forged-root', what: 'the same, and only sampling can find it' },
  {
    name: 'missing-leaf',
    fault: 'missing-leaf',
    what: 'a request is left out and its units put on another',
    watch: true,
  },
  { name: 'wrong-leaf', fault: 'wrong-leaf', what: 'the node submits a leaf that does not fit its root' },
  { name: 'silent-at-settlement', fault: 'silent-at-settlement', what: 'the node never settles' },
  { name: 'silent-attester', fault: 'silent-attester', what: 'a drawn attester says nothing' },
  {
    name: 'lazy-juror',
    fault: 'lazy-juror',
    what: 'the node invents answers; two of eleven jurors guess',
    nodes: 12,
    lazy: 2,
  },
  {
    name: 'leaked-answer',
    fault: 'lazy-juror',
    what: 'six of eleven jurors copy the answer the accused leaks to them',
    nodes: 12,
    lazy: 6,
    leak: true,
  },
  {
    name: 'insured-jury',
    fault: 'insured-jury',
    what: 'three of the first five jurors are promised what a minority loses, and cover a liar',
    nodes: 13,
  },
  { name: 'colluding', fault: 'colluding', what: 'four of twelve others cover the liar', nodes: 13, colluding: 4 },
  { name: 'tiny-task', fault: 'forged-root', what: 'a liar in a task too small for a jury', nodes: 3 },
  { name: 'double-claim', fault: 'double-claim', what: 'the node claims one ticket twice' },
  {
    name: 'replaying-gateway',
    fault: 'replaying-gateway',
    what: 'a gateway sends captured requests again, unchanged and altered',
    nodes: 1,
    level: 0,
  },
  { name: 'framing-buyer', fault: 'framing-buyer', what: 'a buyer accuses an honest node' },
  {
    name: 'accomplice-first',
    fault: 'accomplice-first',
    what: 'the node bills what the buyer refused, its accomplice disputes first and shows nothing; the buyer shows its refusals',
    price: 1_000n,
    watch: true,
  },
  {
    name: 'accomplice-first-unwatched',
    fault: 'accomplice-first',
    what: 'the same, and the buyer shows nothing',
    price: 1_000n,
  },
  {
    name: 'withheld-list',
    fault: 'withheld-list',
    what: 'the node bills more than it signed and keeps its list from the buyer alone, who gets it from a juror and shows the receipts it denies',
    level: 0,
    price: 1_000n,
    watch: true,
  },
  {
    name: 'withheld-list-unwatched',
    fault: 'withheld-list',
    what: 'the same, and the buyer that disputed does not look again',
    level: 0,
    price: 1_000n,
  },
  { name: 'node-offline', fault: 'node-offline', what: 'the node is gone after the purchase' },
  ...(
    [
      ['daemon-honest', 8, 'daemons serve, check and pay each other: nothing is wrong'],
      ['daemon-other-model', 8, 'a daemon answers with another model than it sold'],
      ['daemon-truncated', 8, 'a daemon cuts its answers short'],
      ['daemon-hiding', 13, 'a daemon withdraws its address once it has settled: nobody gets its inputs'],
      ['daemon-hiding-once', 8, 'a daemon withdraws its address until its attester gave up, then answers the jury'],
      [
        'daemon-insured-jury',
        13,
        'a daemon lies; three of its jurors are promised what a minority loses, and cover it',
      ],
      ['daemon-framing-buyer', 8, 'a buyer accuses an honest daemon'],
    ] as const
  ).map(([name, nodes, what]) => ({ name, fault: name, what, nodes, runs: 2, terms: ALWAYS })),
  {
    name: 'daemon-framing-coalition',
    fault: 'daemon-framing-coalition',
    what: 'a buyer and a third of the other nodes, in one hand, accuse an honest daemon and vote against it',
    ...{ nodes: 13, colluding: 4, runs: 2, terms: ALWAYS },
    seed: 'coalition 1', // three of its nodes sit in the first jury, one in the second
  },
  ...(
    [
      ['model-honest', 'daemons serve and check a language model: nothing is wrong'],
      ['model-quantised', 'a daemon serves a 4-bit copy of the language model it sells'],
      ['model-smaller', 'a daemon serves a smaller language model'],
      ['model-truncated', 'a daemon ends the answers of its language model halfway'],
      ['model-altered', 'a daemon alters what the language model said, under the right sketch'],
      ['model-replayed', 'a daemon shows the sketch of another answer under each of its own'],
    ] as const
  ).map(([name, what]) => ({ name, fault: name, what, nodes: 7, runs: 2, terms: ALWAYS })),
];

/** Name and one line about each built-in scenario. */
export const builtinScenarios: readonly {
  readonly name: string;
  readonly what: string;
  readonly scenario: Scenario;
}[] = entries.map(({ what, ...entry }) => ({ name: entry.name, what, scenario: { ...scenarioDefaults, ...entry } }));

/** A built-in scenario by name, or the one of a file. Throws `LAB_UNKNOWN`, `LAB_BAD_SCENARIO`. */
export const findScenario = async (name: string): Promise<Scenario> => {
  const known = builtinScenarios.find((one) => one.name === name);
  if (known) return known.scenario;
  if (/\.(ya?ml|m?[jt]s)$/.test(name)) return readScenario(name);
  throw labError('UNKNOWN', { name, known: builtinScenarios.map((one) => one.name).join(', ') });
};
