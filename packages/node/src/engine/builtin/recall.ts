/** What the answerer knows: facts of the market, found by the words they share with a question. Whole numbers only. */
import trained from './facts.json' with { type: 'json' };
import { stemOf, wordsOf } from './words.ts';

/** Facts the shipped models were not trained on, in the form of `facts.json`. */
const further = [
  {
    id: 'pays',
    q: ['who pays whom', 'who pays for an answer', 'who pays the node', 'where does the money go'],
    a: [
      'The buyer pays for a stack in advance, and the contract holds the money. The node is paid from it for the units that it served, and the rest goes back to the buyer.',
    ],
  },
  {
    id: 'trust',
    q: [
      'why should I trust the answer',
      'is this secure',
      'is it safe',
      'how is an answer verified',
      'how are answers checked',
    ],
    a: [
      'At level 1 other nodes repeat drawn requests and compare every byte. A node that lied loses its bond, and the buyer gets everything back.',
    ],
  },
  {
    id: 'models',
    q: ['what models do you have', 'which models are there', 'what models can I buy', 'which models are sold'],
    a: [
      'Whatever nodes sell: run atoma quote, or ask the gateway at /v1/models. I am atoma/demo-chat, which is built in.',
    ],
  },
  {
    id: 'operate',
    q: ['how do I run a node', 'how do I become a node', 'how can I sell compute', 'how do I earn money'],
    a: [
      'Run atoma node setup. It finds your model server, registers the node with collateral, subscribes to tasks and checks everything.',
    ],
  },
];

const facts = [...trained, ...further];

/** A fact that answers a question. */
export interface Recalled {
  readonly id: string;
  readonly text: string;
}

/** Words that say nothing of what is asked. */
const EMPTY: ReadonlySet<string> = new Set(
  `a an the is are am was be been do does did can could would will should may might i you me my we us our it its this that these those
   what which who whom whose when where why how please tell explain define describe say give show about of in on at to for from with and or
   not no so if then than there here hello hi hey thanks thank question quick short sentence one new know want need like just also more much many
   mean atoma market word sure ok okay let lets get got has have had as by some any your new really exactly actually briefly simple terms`
    .split(/\s+/)
    .map(stemOf),
);

const stemsOf = (text: string): readonly string[] => wordsOf(text).map(stemOf);
const SCALE = 1_000;

/** A question somebody may ask, as the stems it is made of. */
interface Known {
  readonly fact: (typeof facts)[number];
  readonly order: readonly string[];
  readonly stems: ReadonlySet<string>;
}

/** Built when first needed: 150 questions. */
let index: { readonly known: readonly Known[]; readonly weight: ReadonlyMap<string, number> } | undefined;

const build = () => {
  const known = facts.flatMap((fact) =>
    fact.q.map((question) => {
      const order = stemsOf(question);
      return { fact, order, stems: new Set(order) };
    }),
  );
  const byFact = new Map<string, Set<string>>();
  for (const { fact, stems } of known)
    for (const stem of stems) byFact.set(stem, (byFact.get(stem) ?? new Set()).add(fact.id));
  // Rare words weigh more: the inverse of the number of facts that have them.
  const weight = new Map(
    [...byFact].map(([stem, ids]) => [stem, Math.floor(SCALE / (EMPTY.has(stem) ? 12 * ids.size : ids.size))]),
  );
  return { known, weight };
};

const sumOf = (stems: Iterable<string>, weight: ReadonlyMap<string, number>): number => {
  let sum = 0;
  for (const stem of stems) sum += weight.get(stem) ?? 0;
  return sum;
};

/** The fact a question asks for; undefined when it shares no telling word with any. `passed` names facts that were told before. */
export const recall = (question: string, passed: ReadonlySet<string> = new Set()): Recalled | undefined => {
  index ??= build();
  const { known, weight } = index;
  const asked = new Set(stemsOf(question));
  let best: { readonly fact: Known['fact']; readonly score: number } | undefined;
  for (const { fact, stems } of known) {
    if (passed.has(fact.id)) continue;
    const shared = [...stems].filter((stem) => asked.has(stem));
    if (!shared.some((stem) => !EMPTY.has(stem) && !/^\d/.test(stem))) continue;
    // Twice what is shared, less what of the question is missing: a short question that is met whole wins.
    const score = 3 * sumOf(shared, weight) - sumOf(stems, weight);
    if (best === undefined || score > best.score) best = { fact, score };
  }
  return best && best.score > 0 ? { id: best.fact.id, text: best.fact.a[0] as string } : undefined;
};

/** The fact of a name, e.g. `stack`. */
export const factOf = (id: string): string => trained.find((fact) => fact.id === id)?.a[0] ?? '';

/** Something else to ask: the first question of the fact at a place of the list, counted round. */
export const questionAt = (place: number): string => trained[place % trained.length]?.q[0] as string;

/** How many facts there are. */
export const factCount = trained.length;
