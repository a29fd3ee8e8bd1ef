import { expect, test } from 'vitest';
import { ownersToCheck } from './offers.ts';

const config = { minimumDisputeBond: 1n, disputeBond: 500n, silenceSlash: 100n };
const owners = (node: object): number =>
  ownersToCheck(
    [
      {
        status: {
          node: {
            ...{ owner: '0x1', reputation: 100n, disabledEpoch: null, keyEpoch: null, queuedWithdrawal: null },
            ...{ bonded: 0n, stake: 600n, freeStake: 600n, reserved: 0n, ...node },
          },
        },
      },
    ] as never,
    { minimumReputationScore: 0 } as never,
    config as never,
    1_000n,
  );

/** A stack of 1,000 needs a stake of 500 to check it, 100 of it free: `accepts` of the contract's sampling. */
test.each([
  ['all of it free', {}, 1],
  ['most of it reserved by other duties', { reserved: 450n, freeStake: 150n }, 1],
  ['nearly all of it reserved', { reserved: 501n, freeStake: 99n }, 1],
  ['some of it on its way out', { queuedWithdrawal: { amount: 101n, availableEpoch: 9n }, freeStake: 499n }, 0],
  ['a bond beside it', { stake: 400n, freeStake: 400n, bonded: 100n }, 1],
])('a node may check a stack with its stake, %s', (_, node, expected) => {
  expect(owners(node)).toBe(expected);
});
