/** Commands that the page of a stack names as the next move: the program has each of them, with these flags. */
import { expect, test } from 'vitest';
import { flagNames } from '../packages/cli/src/kernel/suggest.ts';
import { root } from '../packages/cli/src/root.ts';
import { evidenceDeadline, mayReveal } from '../packages/sdk/src/index.ts';
import { type Life, type Move, moveOf } from '../packages/web/src/stack/life.ts';

const life = (parts: object): Life =>
  ({
    id: 7n,
    epoch: { epoch: 10n },
    stack: null,
    bought: null,
    ticket: null,
    dispute: null,
    steps: [],
    ...parts,
  }) as never;

const ticket = (state: string, deadlineEpoch: bigint, openUntilEpoch: bigint | null = null) =>
  life({
    ticket: { state, deadlineEpoch, openUntilEpoch, attesters: [1n, null], attested: [], numClaimedComputeUnits: 5n },
  });

const dispute = (parts: object) =>
  life({
    dispute: {
      jurors: [1n, 2n, 3n],
      voting: [1n, 2n, 3n],
      waits: false,
      committed: [],
      revealed: [],
      commitDeadlineEpoch: 12n,
      revealDeadlineEpoch: 14n,
      disputeEpoch: 9n,
      ...parts,
    },
  });

const lives: readonly (readonly [string, Life])[] = [
  ['it serves, then settles', life({ stack: { reclaimEpoch: 11n } })],
  ['too late to settle', life({ stack: { reclaimEpoch: 10n } })],
  ['attesters are awaited', ticket('awaiting', 11n)],
  ['attesters were silent', ticket('awaiting', 10n)],
  ['anybody may dispute', ticket('open', 11n)],
  ['it can be claimed', ticket('open', 10n)],
  ['it must be opened', ticket('openRequired', 11n, 12n)],
  ['it was not opened', ticket('openRequired', 8n, 10n)],
  ['jurors commit', dispute({})],
  ['jurors reveal', dispute({ committed: [1n, 2n, 3n], revealed: [1n] })],
  ['the owner has its time', dispute({ committed: [1n, 2n, 3n], waits: true })],
  ['votes are counted', dispute({ committed: [1n], revealed: [1n], commitDeadlineEpoch: 10n })],
  ['nobody could be seated', dispute({ jurors: [] })],
];

const rules = { needsSecondJury: () => false, mayReveal, evidenceDeadline };
const move = (of: Life, second = false): Move => moveOf(of, { ...rules, needsSecondJury: () => second }) as Move;

test.each([
  ...lives.map(([when, of]) => [when, move(of)] as const),
  ['a second jury', move(dispute({}), true)] as const,
])('%s: the command is one of the program', (_, { command }) => {
  const [path, rest] = [
    command.split(' --', 1)[0] as string,
    command.split(' ').filter((word) => word.startsWith('--')),
  ];
  const flags = flagNames(root, path.split(' '));
  expect(rest.length).toBeGreaterThan(0);
  expect(flags).toEqual(expect.arrayContaining(rest));
});

test('jurors commit from the epoch after the dispute on, and the owner of the stack shows evidence for two', () => {
  expect(move(dispute({ disputeEpoch: 10n }))).toMatchObject({ epoch: 11n, is: 'from' });
  expect(move(dispute({}))).toMatchObject({ epoch: 12n, is: 'before' });
  // The owner's time is over before that of the votes.
  expect(move(dispute({ committed: [1n, 2n, 3n], waits: true }))).toMatchObject({ epoch: 11n, is: 'before' });
});

test('each of these moves has a command of its own; a stack that is over has none', () => {
  const commands = lives.map(([, of]) => move(of).command.split(' --', 1)[0]);
  expect(new Set(commands).size).toBe(lives.length);
  expect(moveOf(life({}), rules)).toBeNull();
});
