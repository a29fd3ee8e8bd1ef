/** What is published, and what each entry may weigh. */

/** An entry point of a published package. */
export interface Entry {
  /** Its source below `src`. */
  readonly source: string;
  /** True when it is importable in a browser: nothing of Node in it. */
  readonly browser: boolean;
  /** Most kB of its own code, minified, without its dependencies. */
  readonly budgetKb: number;
}

/** A package of the registry, made of a workspace of this repository. */
export interface Published {
  /** Folder below `packages`. */
  readonly folder: string;
  readonly description: string;
  /** Oldest Node: 20, or 22.13 where the database module of Node is needed. */
  readonly node: string;
  /** By the path people import. */
  readonly entries: Readonly<Record<string, Entry>>;
  /** Programs that lie beside the entries, by file name. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** Every published library; the command is packed by `npm pack` in packages/cli. */
export const published: readonly Published[] = [
  {
    folder: 'sdk',
    description: 'Atoma in TypeScript: transactions, reads and events of the market, buying, wallets, commitments.',
    node: '>=20',
    entries: {
      '.': { source: 'core.ts', browser: true, budgetKb: 420 },
      './buyer': { source: 'buyer/index.ts', browser: false, budgetKb: 420 },
      './wire': { source: 'wire/index.ts', browser: false, budgetKb: 60 },
      './wallet': { source: 'wallet/index.ts', browser: false, budgetKb: 40 },
      './payments': { source: 'payments/index.ts', browser: false, budgetKb: 300 },
      './sealed': { source: 'wire/sealed/browser.ts', browser: true, budgetKb: 120 },
      './commitment': { source: 'commitment/index.ts', browser: true, budgetKb: 40 },
    },
  },
  {
    folder: 'localnet',
    description:
      'Sui-compatible ledger in one process: executes Move bytecode, keeps its state in SQLite, serves gRPC.',
    node: '>=22.13',
    entries: { '.': { source: 'index.ts', browser: false, budgetKb: 1_400 } },
  },
  {
    folder: 'node',
    description: 'The node daemon of the Atoma market: serves, meters, settles, attests, judges, claims.',
    node: '>=22.13',
    entries: { '.': { source: 'index.ts', browser: false, budgetKb: 700 } },
    programs: { 'engine-process.js': 'engine/builtin/child.ts', 'llama-process.js': 'engine/llama/child.ts' },
  },
  {
    folder: 'gateway',
    description: 'OpenAI-compatible endpoint of a team that buys from the Atoma market.',
    node: '>=22.13',
    entries: { '.': { source: 'index.ts', browser: false, budgetKb: 600 } },
  },
];
