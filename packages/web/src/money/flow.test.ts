import type { TransactionView } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { boughtBefore, genesis, type Open, replayBack, replayMoney } from './flow.ts';
import { newestDigests } from './newest.ts';

const COIN = 'toma';
const view = (digest: string, wallets: bigint, ...events: readonly (readonly [string, object])[]): TransactionView =>
  ({
    digest,
    timestampMs: 0,
    epoch: 0n,
    events: events.map(([kind, data]) => ({ kind, data })),
    balanceChanges: [
      { address: '0x1', coinType: COIN, amount: wallets },
      { address: '0x1', coinType: 'sui', amount: -7n },
    ],
  }) as unknown as TransactionView;

const of = (stackSmallId: bigint, more: object = {}) => ({ stackSmallId, ...more });
const resolution = {
  outcome: 0,
  jurorPay: 2n,
  paidJurors: [4n],
  userRefundAmount: 100n,
  nodeFee: 0n,
  nodeBondReturned: 0n,
  challengerBondReturned: 30n,
  challengerShare: 20n,
  ownerBondReturned: 0n,
  joinedShare: 0n,
  poolAmount: 28n,
  fromPool: 0n,
};
/** A market in which one stack is claimed and another is found to be a lie. */
const history = [
  view('minted', 1_000n, ['FaucetEvent', { amount: 1_000n }]),
  view('registered', -400n, ['NodeRegisteredEvent', { collateral: 400n }]),
  view('bought', -100n, ['StackCreatedEvent', of(1n, { escrow: 100n, bond: 50n })]),
  view('bought again', -100n, ['StackCreatedEvent', of(2n, { escrow: 100n, bond: 50n })]),
  view('claimed', 30n, [
    'StackSettlementTicketClaimedEvent',
    of(1n, { userRefundAmount: 30n, nodeFee: 66n, surcharge: 4n }),
  ]),
  view('disputed', 0n, ['StackAttestationDisputeEvent', of(2n, { bond: 30n, challenger: '0x5' })]),
  view('convicted', 100n, ['DisputeResolvedEvent', of(2n, resolution)]),
];

test('after every transaction all places together are what was minted', () => {
  const frames = replayMoney(history, COIN);
  expect(frames.map(({ whole }) => whole)).toEqual(history.map(() => true));
  expect(frames.at(-1)?.amounts).toEqual({
    wallets: 530n,
    stakes: 350n,
    escrow: 0n,
    bonds: 0n,
    challengers: 0n,
    earnings: 88n,
    pool: 32n,
  });
});

const claimed = of(3n, { userRefundAmount: 30n, nodeFee: 66n, surcharge: 4n });
const acquitted = {
  ...resolution,
  outcome: 1,
  userRefundAmount: 30n,
  nodeFee: 66n,
  nodeBondReturned: 50n,
  challengerShare: 0n,
};

test.each([
  [
    'a challenger’s bond and a slash pay the jury',
    '0x5',
    -30n,
    { challengerBondReturned: 0n, jurorPay: 35n, poolAmount: 4n, fromPool: 5n },
  ],
  [
    'the pool pays for an audit and has the rest back',
    `0x${'0'.repeat(64)}`,
    0n,
    { challengerBondReturned: 0n, jurorPay: 20n, poolAmount: 14n },
  ],
])('acquitted: %s', (_, challenger, wallets, more) => {
  const frames = replayMoney(
    [
      ...history,
      view('bought', -100n, ['StackCreatedEvent', of(3n, { escrow: 100n, bond: 50n })]),
      view('disputed', wallets, ['StackAttestationDisputeEvent', of(3n, { bond: 30n, challenger })]),
      view(
        'acquitted',
        30n,
        ['NodeSlashedEvent', { amount: 5n }],
        ['StackSettlementTicketClaimedEvent', claimed],
        ['DisputeResolvedEvent', of(3n, { ...acquitted, ...more })],
      ),
    ],
    COIN,
  );
  expect(frames.map(({ whole }) => whole)).toEqual(frames.map(() => true));
  expect(frames.at(-1)?.amounts).toMatchObject({ escrow: 0n, bonds: 0n, challengers: 0n });
});

test('what the owner paid for rows lies in the dispute, pays the jury for them, and the rest comes back', () => {
  const shown = view('shown', -9n, ['DisputeEvidenceEvent', of(2n, { bond: 9n })]);
  const convicted = [['DisputeResolvedEvent', of(2n, { ...resolution, jurorPay: 5n, ownerBondReturned: 6n })]] as const;
  const upheld = [
    ['NodeSlashedEvent', { amount: 5n }],
    ['StackSettlementTicketClaimedEvent', { ...claimed, stackSmallId: 2n }],
    [
      'DisputeResolvedEvent',
      of(2n, { ...acquitted, challengerBondReturned: 0n, ownerBondReturned: 1n, jurorPay: 43n, fromPool: 5n }),
    ],
  ] as const;
  for (const end of [view('convicted', 106n, ...convicted), view('acquitted', 31n, ...upheld)]) {
    const frames = replayMoney([...history.slice(0, -1), shown, end], COIN);
    expect(frames.map(({ whole }) => whole)).toEqual(frames.map(() => true));
    expect(frames.at(-2)?.changes).toMatchObject({ wallets: -9n, challengers: 9n });
    expect(frames.at(-1)?.amounts).toMatchObject({ escrow: 0n, bonds: 0n, challengers: 0n });
  }
});

test('the last transactions alone, counted back from now, are where the whole history leads', () => {
  const frames = replayMoney(history, COIN);
  const { amounts, supply } = frames.at(-1) as (typeof frames)[number];
  for (let from = 0; from < history.length; from++) {
    const tail = history.slice(from);
    const stacks = new Map<bigint, Open>();
    for (const id of boughtBefore(tail).keys()) stacks.set(id, { escrow: 100n, bond: 50n, challenger: 30n });
    expect(replayBack(tail, COIN, { amounts, supply, stacks })).toEqual(frames.slice(from));
  }
  expect(boughtBefore(history).size).toBe(0);
  expect([...boughtBefore(history.slice(4))]).toEqual([
    [1n, 'claimed'],
    [2n, 'disputed'],
  ]);
  expect(replayBack([], COIN, genesis)).toEqual([]);
});

test('money that vanishes is seen, also counted back', () => {
  const frames = replayBack([view('lost', -5n), view('idle', 0n)], COIN, genesis);
  expect(frames.map(({ digest, whole }) => [digest, whole])).toEqual([
    ['lost', false],
    ['idle', true],
  ]);
});

test('the newest of two lists come in the order of the ledger, each once, and no more than asked for', async () => {
  const lists = {
    market: [9, 7, 5, 3, 1],
    toma: [8, 7, 2],
  };
  const chain = {
    atoma: {},
    reads: {
      listEvents: async (_: object, { from, before = '0' }: { from: 'market' | 'toma'; before?: string }) => ({
        events: lists[from]
          .slice(Number(before), Number(before) + 2)
          .map((at) => ({ digest: `t${at}`, checkpoint: String(at) })),
        cursor: String(Number(before) + 2),
        hasMore: Number(before) + 2 < lists[from].length,
      }),
    },
  } as never;
  const digests = ['t1', 't2', 't3', 't5', 't7', 't8', 't9'];
  expect(await newestDigests(chain, 7)).toEqual({ digests, more: false });
  expect(await newestDigests(chain, 4)).toEqual({ digests: digests.slice(3), more: true });
});
