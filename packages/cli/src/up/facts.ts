/** What is told about a running market: what `atoma up --json` prints, and what stands in its note. */
import * as s from '../kernel/schema.ts';

/** What is told about a running market, also as JSON. */
export interface UpFacts {
  readonly pid: number;
  readonly base_url: string;
  readonly key: string;
  /** Administrator's surface of the gateway; its token is in `adminTokenFile`. */
  readonly admin_url: string;
  readonly models: readonly string[];
  readonly nodes: readonly { readonly node_small_id: number; readonly url: string; readonly address: string }[];
  readonly level: number;
  /** What must be said beside level 2: it is a rehearsal; null at other levels. */
  readonly label: string | null;
  /** Public key of the rehearsal's development root, hex; null at other levels. */
  readonly rehearsal_root: string | null;
  readonly price: string;
  readonly epoch_ms: number;
  /** Address of the pages for a browser; empty where they were not built. */
  readonly pages_url: string;
  readonly ledger_url: string;
  readonly faucet_url: string;
  readonly buyer: string;
  readonly package_id: string;
  readonly directory: string | null;
  readonly resumed: boolean;
  readonly contract_older: boolean;
  readonly ready_ms: number;
  readonly curl: string;
}

/** The same as a schema. */
export const upFields = {
  pid: s.integer('Process it runs in.'),
  base_url: s.text('OpenAI base URL.'),
  key: s.text('API key.'),
  admin_url: s.text('Administrator’s surface of the gateway; its token is in the home directory, `up-admin.token`.'),
  models: s.list(s.text('Model.'), 'Models on offer.'),
  nodes: s.list(
    s.record({
      node_small_id: s.integer('Node.'),
      url: s.text('Its address.'),
      address: s.objectId('Its wallet.'),
    }),
    'Nodes that serve.',
  ),
  level: s.integer('Security level.'),
  label: s.orNull(s.text('What must be said beside level 2: it is a rehearsal.')),
  rehearsal_root: s.orNull(s.text('Public key of the rehearsal’s development root, hex.')),
  price: s.amount('Base units of TOMA for one compute unit.'),
  epoch_ms: s.integer('Length of an epoch, ms.'),
  pages_url: s.text('Explorer and playground for a browser; empty where the pages were not built.'),
  ledger_url: s.text('RPC of the ledger; `--network up` reaches it.'),
  faucet_url: s.text('SUI faucet.'),
  buyer: s.objectId('Wallet that pays.'),
  package_id: s.objectId('The market’s package.'),
  directory: s.orNull(s.text('Where it is kept; null in memory.')),
  resumed: s.bool('Whether it continues an earlier run.'),
  contract_older: s.bool(
    'Whether its contract is of an earlier version: stacks are settled and paid, none can be bought.',
  ),
  ready_ms: s.integer('From the start of Node until everything answered, ms.'),
  curl: s.text('A line that returns a paid answer.'),
} satisfies Readonly<Record<keyof UpFacts, s.JsonSchema>>;
