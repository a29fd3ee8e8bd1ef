/**
 * Random scenarios of all parties on the real contract. After every step every unit of TOMA is accounted for; at the end
 * every stack has ended. More steps: ATOMA_STEPS=1000000 npx vitest run test/market/conservation.slow.test.ts
 * (another course: ATOMA_SEED=7).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerVm, restoreCheckpoint, takeSnapshot } from '../../packages/localnet/src/index.ts';
import { type Chain, closeChain, openChain } from './driver/chain.ts';
import * as op from './driver/operations.ts';
import { loadView } from './driver/view.ts';
import { seedsOf } from './model/random.ts';
import { type Coverage, type Judge, type Played, play, type Scenario, shrink, strictJudge } from './model/scenario.ts';
import { afresh, beginning, newWorld, type World } from './model/world.ts';

const STEPS = Number(process.env.ATOMA_STEPS ?? 2_500);
const SEED = Number(process.env.ATOMA_SEED ?? 1);
const ACTIONS = 260;
const SHRINKING_MS = 60_000;

let chain: Chain;
let world: World;
let start: number;
const prelude: string[] = [];

beforeAll(async () => {
  chain = await openChain('conservation');
  world = newWorld(chain);
  for (const operation of beginning(world)) {
    prelude.push(operation.line);
    expect(op.perform(chain, operation)?.abort ?? null, operation.line).toBeNull();
  }
  start = takeSnapshot(chain.ledger);
});
afterAll(() => closeChain(chain));

const playAgain = (scenario: Scenario, judge: Judge, coverage: Coverage = new Map()): Played => {
  restoreCheckpoint(chain.ledger, start);
  loadView(chain);
  return play(afresh(world), scenario, judge, coverage);
};

/** The shortest list of commands found that still goes wrong. */
const reportOf = (scenario: Scenario, judge: Judge): string => {
  const wallets = [...world.accounts.values()].map(({ name }) => `wallet new ${name}`);
  const short = shrink(scenario, (shorter) => playAgain(shorter, judge).finding !== null, SHRINKING_MS);
  const { finding, lines } = playAgain(short, judge);
  const commands = [...wallets, ...prelude, ...lines].map((line) =>
    line.startsWith('#') ? line : `./dev/cli ${line}`,
  );
  return [`${finding}`, 'as commands, from an empty ledger:', ...commands].join('\n');
};

/** What the scenarios together must have reached; nothing of it may be out of their reach. */
const MUST_REACH = [
  'done acquire_new_stack_entry',
  'done try_settle_stack',
  'done submit_stack_settlement_attestation',
  'done start_attestation_dispute',
  'done redraw_attesters',
  'done seat_second_jury',
  'done claim_funds',
  'done finalize_stack',
  'done reclaim_stack',
  'done request_stack_refund',
  'done expire_settlement',
  'done open_stack_commitment',
  'done commit_dispute_vote',
  'done reveal_dispute_vote',
  'done withdraw_earnings',
  'done withdraw_collateral',
  'done destroy_disabled_node',
  'done remove_deprecated_task',
  'done discard_stack_badge',
  'done transfer of nodeBadges',
  'done transfer of stackBadges',
  'StackSettlementTicketEvent',
  'StackForfeitedEvent',
  'NodeSlashedEvent',
  'DisputeResolvedEvent 0',
  'DisputeResolvedEvent 1',
  'DisputeResolvedEvent 2',
  'DisputeResolvedEvent 3',
  'DisputeResolvedEvent 0 ruled',
  'DisputeResolvedEvent 1 ruled',
  'DisputeResolvedEvent 2 ruled',
  'done join_dispute',
  'done show_dispute_evidence',
  'refused show_dispute_evidence ENotToShow',
  'DisputeEvidenceEvent with rows',
  'evidence paid back',
  'done evict_subscription',
  'done permanently_disable_node',
  'done revoke_manager_badges',
  'StackAttestationDisputeEvent with rows',
  'SecondJuryEvent seated',
  'SecondJuryEvent not found',
  'AttesterExcusedEvent',
];

/** What a few thousand steps need not reach. */
const MUST_REACH_IN_LONG = ['DisputeResolvedEvent 1 halved'];
const LONG = 50_000;

/** Every function of the market that can change something: it takes the database mutably, or a badge for good. */
const changingFunctions = (): string[] => {
  const vm = ledgerVm(chain.ledger);
  const names = vm.moduleInfo(chain.ids.package, 'db')?.functions ?? [];
  return names.filter((name) => {
    const info = vm.functionInfo(chain.ids.package, 'db', name);
    const isCallable = info?.visibility === 'public' || info?.isEntry;
    const changes = info?.parameters.some(
      ({ reference, body }) =>
        body.kind === 'datatype' &&
        ((reference === 'mutable' && body.name === 'AtomaDb') || (reference === 'none' && body.name.endsWith('Badge'))),
    );
    // A function that returns a reference is for other packages: no transaction can call it.
    const isForPackages = info?.returns.some(({ reference }) => reference !== 'none');
    return isCallable && changes && !isForPackages;
  });
};

const isTried = (coverage: Coverage, name: string): boolean =>
  [...coverage.keys()].some((what) => what === `done ${name}` || what.startsWith(`refused ${name} `));

test('money is conserved, failures have names, every stack ends', { timeout: 3_600_000 * 12 }, () => {
  const coverage: Coverage = new Map();
  const judge = strictJudge(STEPS <= 10_000);
  let steps = 0;
  const wanted = STEPS < LONG ? MUST_REACH : [...MUST_REACH, ...MUST_REACH_IN_LONG];
  const functions = changingFunctions();
  expect(functions.length).toBeGreaterThan(45);
  const isCovered = (): boolean =>
    wanted.every((what) => coverage.has(what)) && functions.every((name) => isTried(coverage, name));
  for (let episode = 0; steps < STEPS || !isCovered(); episode++) {
    const scenario = { variant: episode, actions: seedsOf(SEED * 1_000_003 + episode, ACTIONS) };
    const played = playAgain(scenario, judge, coverage);
    steps += played.steps;
    if (played.finding) expect.fail(reportOf(scenario, judge));
    if (steps > 4 * STEPS) break; // what was not reached by then is named below
  }
  expect(wanted.filter((what) => !coverage.has(what))).toEqual([]);
  expect(functions.filter((name) => !isTried(coverage, name))).toEqual([]);
  // There is no earlier version to migrate from; everything else also works somewhere.
  const done = functions.filter((name) => coverage.has(`done ${name}`));
  if (STEPS >= LONG) expect(functions.filter((name) => !done.includes(name))).toEqual(['migrate']);
  expect(steps).toBeGreaterThanOrEqual(STEPS);
  if (process.env.ATOMA_STEPS) console.log(`${steps} steps`, Object.fromEntries([...coverage].sort()));
});

test('a failure shrinks to a short list of commands', () => {
  const judge: Judge = (_, outcome) =>
    outcome?.events.some(({ name }) => name === 'StackTrySettleEvent') ? 'a stack was settled' : null;
  const actions = seedsOf(99, 200);
  const scenario = { variant: 0, actions: [...actions, ...actions] };
  expect(playAgain(scenario, judge).finding).toBe('a stack was settled');
  const short = shrink(scenario, (shorter) => playAgain(shorter, judge).finding !== null, SHRINKING_MS);
  expect(short.actions.length).toBeLessThanOrEqual(4);
  const { lines } = playAgain(short, judge);
  expect(lines.some((line) => line.startsWith('db acquire-new-stack-entry --task-small-id'))).toBe(true);
});
