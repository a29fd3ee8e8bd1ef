/** Playing a list of actions to the end of every stack, and what was wrong on the way. */
import type { Chain, Outcome } from '../driver/chain.ts';
import * as op from '../driver/operations.ts';
import { walletOf } from '../driver/view.ts';
import { operationOf } from './actions.ts';
import { byAnyone, byParties, departure, MAX_EPOCHS, type Way } from './ending.ts';
import { foresee } from './foresight.ts';
import { findingOf } from './invariants.ts';
import { VARIANTS, type World } from './world.ts';

/** How often what happened. */
export type Coverage = Map<string, number>;

/** How to judge a state; a test of the shrinking puts a fault here. */
export type Judge = (chain: Chain, outcome: Outcome | null) => string | null;

/** A played scenario. */
export interface Played {
  /** Null when nothing was wrong. */
  readonly finding: string | null;
  /** Everything that was executed, as typed. */
  readonly lines: readonly string[];
  readonly steps: number;
}

/** One scenario: which parameters it starts with, and its actions. */
export interface Scenario {
  readonly variant: number;
  readonly actions: readonly number[];
}

interface Play {
  readonly world: World;
  readonly judge: Judge;
  readonly coverage: Coverage;
  readonly lines: string[];
}

const note = (coverage: Coverage, what: string): void => {
  coverage.set(what, (coverage.get(what) ?? 0) + 1);
};

const noteAll = (coverage: Coverage, operation: op.Operation, outcome: Outcome): void => {
  const name = operation.kind === 'call' ? operation.name : operation.kind;
  note(coverage, outcome.error ? `refused ${name} ${outcome.abort}` : `done ${name}`);
  for (const { name: event, data } of outcome.events) {
    note(coverage, event + detailOf(event, data));
    if (event === 'DisputeResolvedEvent' && data.owner_bond_returned > 0n) note(coverage, 'evidence paid back');
  }
};

/** What tells apart events of one name. */
const detailOf = (event: string, data: Outcome['events'][number]['data']): string => {
  if (event === 'StackAttestationDisputeEvent' || event === 'DisputeEvidenceEvent')
    return data.named_units > 0n ? ' with rows' : '';
  if (event === 'SecondJuryEvent') return data.jurors.length > 0 ? ' seated' : ' not found';
  if (event !== 'DisputeResolvedEvent') return '';
  const { outcome, ruled_by_manager: ruled, challenger_bond_returned: back } = data;
  return ` ${outcome}${ruled ? ' ruled' : ''}${outcome === 1 && back > 0n ? ' halved' : ''}`;
};

/** The judgement of the tests: every invariant, and no failure without a name. */
export const strictJudge =
  (counted: boolean): Judge =>
  (chain, outcome) =>
    outcome?.abort?.startsWith('nameless') ? outcome.abort : findingOf(chain, counted);

const step = (play: Play, operation: op.Operation): string | null => {
  const { chain } = play.world;
  play.lines.push(operation.line);
  const look = foresee(play.world);
  let outcome: Outcome | null;
  try {
    outcome = op.perform(chain, operation);
  } catch (thrown) {
    return `the ledger did not execute it: ${(thrown as { code?: string }).code ?? ''} ${(thrown as Error).message}`;
  }
  if (outcome) noteAll(play.coverage, operation, outcome);
  return play.judge(chain, outcome) ?? look(outcome);
};

const setUp = (world: World, variant: number): op.Operation[] =>
  (VARIANTS[variant % VARIANTS.length] ?? []).map(([name, value]) => op.setParameter(world.chain.manager, name, value));

/** Lets time pass and the given ways be tried until `isDone`; a finding when it never is. */
const drive = (play: Play, ways: readonly Way[], isDone: () => boolean): string | null => {
  for (let epoch = 0; epoch <= MAX_EPOCHS; epoch++) {
    for (let round = 0; round < 12; round++) {
      const operations = ways.flatMap((way) => way(play.world));
      if (operations.length === 0) break;
      for (const operation of operations) {
        const finding = step(play, operation);
        if (finding) return finding;
      }
    }
    if (isDone()) return null;
    const finding = step(play, op.epochs(1));
    if (finding) return finding;
  }
  const { stacks, nodes, tasks } = play.world.chain.view;
  return `after ${MAX_EPOCHS} epochs there are still the stacks ${[...stacks.keys()]}, nodes ${[...nodes.keys()]}, tasks ${[...tasks.keys()]}`;
};

/** When all have left: every base unit is in a wallet or in the pool. */
const finallyFinding = ({ chain, accounts }: World): string | null => {
  const { db } = chain.view;
  const rows = ['nodes', 'profiles', 'tasks', 'stacks', 'tickets', 'disputes'].filter((table) => db[table].size !== 0n);
  if (rows.length > 0) return `rows are left in ${rows}`;
  const wallets = [...accounts.keys()].reduce((sum, address) => sum + walletOf(chain.view, address), 0n);
  return wallets + db.pool === chain.view.total
    ? null
    : `${chain.view.total - wallets - db.pool} base units are stranded`;
};

/** Plays a scenario: its parameters, its actions, then to the end of every stack, node and task. */
export const play = (world: World, scenario: Scenario, judge: Judge, coverage: Coverage): Played => {
  const playing: Play = { world, judge, coverage, lines: [] };
  const done = (finding: string | null): Played => ({ finding, lines: playing.lines, steps: playing.lines.length });
  for (const operation of setUp(world, scenario.variant)) {
    const finding = step(playing, operation);
    if (finding) return done(finding);
  }
  for (const action of scenario.actions) {
    const operation = operationOf(world, action);
    const finding = operation && step(playing, operation);
    if (finding) return done(finding);
  }
  const turn = scenario.variant + Math.floor(scenario.variant / VARIANTS.length); // each variant ends in both ways
  const ways = turn % 2 === 0 ? [byAnyone] : [byParties, byAnyone];
  const { view } = world.chain;
  return done(
    drive(playing, ways, () => view.stacks.size === 0) ??
      drive(playing, [departure], () => view.nodes.size === 0 && view.tasks.size === 0) ??
      finallyFinding(world),
  );
};

/** A failing scenario made short: first chunks, then single actions are left out while it still fails. */
export const shrink = (scenario: Scenario, fails: (shorter: Scenario) => boolean, milliseconds: number): Scenario => {
  const end = performance.now() + milliseconds;
  let { actions } = scenario;
  for (let size = Math.ceil(actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = actions.length - size; at > -size && performance.now() < end; at -= size) {
      const shorter = [...actions.slice(0, Math.max(at, 0)), ...actions.slice(Math.max(at + size, 0))];
      if (fails({ ...scenario, actions: shorter })) actions = shorter;
    }
  }
  return { ...scenario, actions };
};
