/** The three-way check: books of the gateway = ledger of the node = chain. Names the stack and the request that differ. */
import type { BookedRequest, BookedStack, BooksCopy } from '@atoma/gateway';

/** What a node says about a stack. */
export interface NodeSide {
  readonly consumed: bigint;
  readonly leaves: readonly { readonly requestId: string; readonly index: number; readonly units: bigint }[];
}

/** What the chain says about a stack. */
export interface ChainSide {
  /** Units of the settlement; null before there is one. */
  readonly claimed: bigint | null;
  /** Base units of TOMA paid to the node; null until it is claimed. */
  readonly fee: bigint | null;
}

/** Everything to compare. */
export interface Sides {
  /** Without rows the receipts are the buyer's books. */
  readonly books: BooksCopy;
  /** By stack. */
  readonly nodes: ReadonlyMap<bigint, NodeSide>;
  /** Why the node's ledger of a stack could not be read. */
  readonly silent: ReadonlyMap<bigint, string>;
  readonly chain: ReadonlyMap<bigint, ChainSide>;
}

/** A difference. Units, and base units of TOMA for fees. */
export interface Difference {
  readonly kind:
    | 'book-differs'
    | 'not-in-books'
    | 'units-differ'
    | 'not-at-node'
    | 'no-receipt'
    | 'unknown-request'
    | 'sum-differs'
    | 'claim-differs'
    | 'fee-differs';
  readonly stack: bigint | null;
  /** Request id at the node, or row in the gateway's books; null when the whole stack differs. */
  readonly request: string | null;
  readonly expected: bigint;
  readonly found: bigint;
  readonly what: string;
}

/** One stack in the check; null where a side says nothing. */
export interface StackLine {
  readonly stack: bigint;
  readonly node: bigint;
  /** Units in the gateway's books (its receipts), of its ended requests. */
  readonly gateway: bigint;
  readonly nodeLedger: bigint | null;
  /** Why the node's ledger is not compared; null: it is. */
  readonly nodeSilent: string | null;
  readonly claimed: bigint | null;
  readonly fee: bigint | null;
  /** Most that requests without receipt may add. */
  readonly open: bigint;
  readonly agrees: boolean;
}

/** The result. */
export interface ThreeWay {
  readonly stacks: readonly StackLine[];
  readonly differences: readonly Difference[];
  readonly agrees: boolean;
  /** Whether the ledger of every node was read. */
  readonly complete: boolean;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, each) => total + each, 0n);
const unitsOf = (requests: readonly BookedRequest[]): bigint => sum(requests.map(({ units }) => units ?? 0n));
const rowOf = (tag: string): string => tag.slice(tag.indexOf(':') + 1);

const grouped = <Key>(requests: readonly BookedRequest[], key: (request: BookedRequest) => Key) =>
  Map.groupBy(requests, key) as ReadonlyMap<Key, readonly BookedRequest[]>;

const difference = (
  kind: Difference['kind'],
  [stack, request]: readonly [bigint | null, string | null],
  [expected, found]: readonly [bigint, bigint],
  what: string,
): Difference => ({ kind, stack, request, expected, found, what });

const checkBooks = ({ rows, requests }: BooksCopy): readonly Difference[] => {
  if (rows === null) return [];
  const known = new Set(rows.map(({ id }) => id));
  const tagged = grouped(
    requests.filter(({ tag }) => tag !== ''),
    ({ tag }) => rowOf(tag),
  );
  const missing = [...tagged].flatMap(([row, of]) =>
    known.has(row) || unitsOf(of) === 0n
      ? []
      : [
          difference(
            'not-in-books',
            [(of[0] as BookedRequest).stack, row],
            [unitsOf(of), 0n],
            'receipted, but not in the gateway’s books',
          ),
        ],
  );
  const wrong = rows.flatMap((row) => {
    const of = tagged.get(row.id) ?? [];
    const expected = unitsOf(of);
    if (row.state === 'reserved' || expected === row.units) return [];
    return [
      difference(
        'book-differs',
        [of[0]?.stack ?? null, row.id],
        [expected, row.units],
        'the gateway charged other units than its receipts say',
      ),
    ];
  });
  return [...missing, ...wrong];
};

const checkRequests = (stack: bigint, requests: readonly BookedRequest[], node: NodeSide): readonly Difference[] => {
  const leaves = new Map(node.leaves.map((leaf) => [leaf.requestId, leaf.units]));
  const ours = new Map(requests.map((request) => [request.requestId, request]));
  const fromOurs = requests.flatMap(({ requestId, units }) => {
    const there = leaves.get(requestId);
    if (units === null || units === there) return [];
    return there === undefined
      ? [difference('not-at-node', [stack, requestId], [units, 0n], 'receipted, but not in the node’s ledger')]
      : [
          difference(
            'units-differ',
            [stack, requestId],
            [units, there],
            'the node’s ledger has other units than its receipt',
          ),
        ];
  });
  const fromNode = node.leaves.flatMap(({ requestId, units }) => {
    const own = ours.get(requestId);
    if (own && own.units !== null) return [];
    return own
      ? [difference('no-receipt', [stack, requestId], [0n, units], 'the node charged it; its receipt never arrived')]
      : [difference('unknown-request', [stack, requestId], [0n, units], 'the node charged a request nobody here sent')];
  });
  const listed = sum(node.leaves.map(({ units }) => units));
  const whole =
    listed === node.consumed
      ? []
      : [
          difference(
            'sum-differs',
            [stack, null],
            [listed, node.consumed],
            'the node’s ledger has other units than its requests add up to',
          ),
        ];
  return [...fromOurs, ...fromNode, ...whole];
};

const checkChain = (row: BookedStack, line: Omit<StackLine, 'agrees'>): readonly Difference[] => {
  const { stack, gateway, nodeLedger, claimed, fee, open } = line;
  if (claimed === null) return [];
  const metered = nodeLedger ?? gateway;
  const most = nodeLedger === null ? metered + row.usedBefore + open : metered;
  const off: Difference[] = [];
  if (claimed < metered || claimed > most)
    off.push(
      difference(
        'claim-differs',
        [stack, null],
        [metered, claimed],
        'the settlement claims other units than were metered',
      ),
    );
  if (fee !== null && fee !== claimed * row.price)
    off.push(
      difference(
        'fee-differs',
        [stack, null],
        [claimed * row.price, fee],
        'the fee paid is not price times units claimed',
      ),
    );
  return off;
};

const checkStack = (sides: Sides, row: BookedStack, requests: readonly BookedRequest[]) => {
  const node = sides.nodes.get(row.stack);
  const chain = sides.chain.get(row.stack);
  const line = {
    stack: row.stack,
    node: row.node,
    gateway: unitsOf(requests),
    nodeLedger: node?.consumed ?? null,
    nodeSilent: node ? null : (sides.silent.get(row.stack) ?? 'it is not at hand'),
    claimed: chain?.claimed ?? null,
    fee: chain?.fee ?? null,
    open: sum(requests.filter(({ open }) => open).map(({ maxUnits }) => maxUnits)),
  };
  const differences = [...(node ? checkRequests(row.stack, requests, node) : []), ...checkChain(row, line)];
  return { line, differences };
};

/** Compares the sides. */
export const threeWay = (sides: Sides): ThreeWay => {
  const { books } = sides;
  const byStack = grouped(books.requests, ({ stack }) => stack);
  const checked = books.stacks.map((row) => checkStack(sides, row, byStack.get(row.stack) ?? []));
  const differences = [...checked.flatMap((one) => one.differences), ...checkBooks(books)];
  const off = new Set(differences.map(({ stack }) => stack));
  return {
    stacks: checked.map(({ line }): StackLine => ({ ...line, agrees: !off.has(line.stack) })),
    differences,
    agrees: differences.length === 0,
    complete: checked.every(({ line }) => line.nodeSilent === null),
  };
};
