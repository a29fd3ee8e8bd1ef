/** The three-way check: books of the gateway = ledger of the node = chain. Names the stack and the request that differ. */
import type { BookRow } from '@atoma/gateway';
import type { JournalRequest, JournalStack } from '@atoma/sdk';

/** What one side of a node says about a stack. */
export interface NodeSide {
  readonly consumed: bigint;
  readonly claimed: bigint | null;
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
  readonly stacks: readonly JournalStack[];
  readonly requests: readonly JournalRequest[];
  /** Null without a gateway: then the receipts are the buyer's books. */
  readonly books: readonly BookRow[] | null;
  /** By stack; a stack of a node whose ledger is not at hand is absent. */
  readonly nodes: ReadonlyMap<bigint, NodeSide>;
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
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, each) => total + each, 0n);
const unitsOf = (requests: readonly JournalRequest[]): bigint => sum(requests.map(({ units }) => units ?? 0n));
const rowOf = (tag: string): string => tag.slice(tag.indexOf(':') + 1);

/** A request that may still be charged: sent, and neither receipted nor refused. */
const isOpen = (request: JournalRequest): boolean => request.units === null && request.answer === null;

const checkBooks = ({ books, requests }: Sides): readonly Difference[] => {
  if (books === null) return [];
  const known = new Map(books.map((row) => [row.id, row]));
  const byRow = new Map<string, JournalRequest[]>();
  for (const request of requests) {
    if (request.tag === '') continue;
    const row = rowOf(request.tag);
    byRow.set(row, [...(byRow.get(row) ?? []), request]);
  }
  const missing = [...byRow]
    .filter(([row, of]) => !known.has(row) && unitsOf(of) > 0n)
    .map(([row, of]): Difference => {
      const [first] = of as [JournalRequest];
      const found = 0n;
      return {
        kind: 'not-in-books',
        stack: first.stack,
        request: row,
        expected: unitsOf(of),
        found,
        what: 'receipted, but not in the gateway’s books',
      };
    });
  const wrong = books.flatMap((row): readonly Difference[] => {
    const of = byRow.get(row.id) ?? [];
    const expected = unitsOf(of);
    if (row.state === 'reserved' || expected === row.units) return [];
    const what = 'the gateway charged other units than its receipts say';
    return [{ kind: 'book-differs', stack: of[0]?.stack ?? null, request: row.id, expected, found: row.units, what }];
  });
  return [...missing, ...wrong];
};

const checkRequests = (stack: bigint, requests: readonly JournalRequest[], node: NodeSide): readonly Difference[] => {
  const leaves = new Map(node.leaves.map((leaf) => [leaf.requestId, leaf.units]));
  const ours = new Map(requests.map((request) => [request.requestId, request]));
  const fromOurs = requests.flatMap((request): readonly Difference[] => {
    const { requestId, units } = request;
    const there = leaves.get(requestId);
    if (units === null || units === there) return [];
    return there === undefined
      ? [
          {
            kind: 'not-at-node',
            stack,
            request: requestId,
            expected: units,
            found: 0n,
            what: 'receipted, but not in the node’s ledger',
          },
        ]
      : [
          {
            kind: 'units-differ',
            stack,
            request: requestId,
            expected: units,
            found: there,
            what: 'the node’s ledger has other units than its receipt',
          },
        ];
  });
  const fromNode = node.leaves.flatMap(({ requestId, units }): readonly Difference[] => {
    const own = ours.get(requestId);
    if (own && own.units !== null) return [];
    return own
      ? [
          {
            kind: 'no-receipt',
            stack,
            request: requestId,
            expected: 0n,
            found: units,
            what: 'the node charged it; its receipt never arrived',
          },
        ]
      : [
          {
            kind: 'unknown-request',
            stack,
            request: requestId,
            expected: 0n,
            found: units,
            what: 'the node charged a request nobody here sent',
          },
        ];
  });
  return [...fromOurs, ...fromNode];
};

const checkChain = (row: JournalStack, line: Omit<StackLine, 'agrees'>): readonly Difference[] => {
  const { stack, gateway, nodeLedger, claimed, fee, open } = line;
  if (claimed === null) return [];
  const metered = nodeLedger ?? gateway;
  const most = nodeLedger === null ? metered + row.usedBefore + open : metered;
  const off: Difference[] = [];
  if (claimed < metered || claimed > most)
    off.push({
      kind: 'claim-differs',
      stack,
      request: null,
      expected: metered,
      found: claimed,
      what: 'the settlement claims other units than were metered',
    });
  if (fee !== null && fee !== claimed * row.price)
    off.push({
      kind: 'fee-differs',
      stack,
      request: null,
      expected: claimed * row.price,
      found: fee,
      what: 'the fee paid is not price times units claimed',
    });
  return off;
};

const checkStack = (sides: Sides, row: JournalStack) => {
  const requests = sides.requests.filter((request) => request.stack === row.stack);
  const node = sides.nodes.get(row.stack);
  const chain = sides.chain.get(row.stack);
  const line = {
    stack: row.stack,
    node: row.node,
    gateway: unitsOf(requests),
    nodeLedger: node?.consumed ?? null,
    claimed: chain?.claimed ?? null,
    fee: chain?.fee ?? null,
    open: sum(requests.filter(isOpen).map(({ maxUnits }) => maxUnits)),
  };
  const differences = [...(node ? checkRequests(row.stack, requests, node) : []), ...checkChain(row, line)];
  return { line, differences };
};

/** Compares the sides. */
export const threeWay = (sides: Sides): ThreeWay => {
  const books = checkBooks(sides);
  const checked = sides.stacks.map((row) => checkStack(sides, row));
  const differences = [...checked.flatMap((one) => one.differences), ...books];
  const stacks = checked.map(
    ({ line }): StackLine => ({
      ...line,
      agrees: !differences.some((difference) => difference.stack === line.stack),
    }),
  );
  return { stacks, differences, agrees: differences.length === 0 };
};
