/** Plays a scenario: once until the fault is caught, or many times to compare the rate with the formula. */

import { openCast } from './cheats.ts';
import { playDaemons } from './daemons.ts';
import { brokenAssumption, type Expected, expectedOf } from './expected.ts';
import { isDaemonFault } from './fault-names.ts';
import { playReplay } from './gateway.ts';
import { labError } from './lab-errors.ts';
import { type Books, type LabMarket, openLabMarket, readBooks, refill } from './lab-market.ts';
import { lastStackOf, type Moment, netOf, type Payment, paymentsOf, readEvents } from './payments.ts';
import { playStack, type StackEnd, type StackPlay } from './play-stack.ts';
import type { Scenario } from './scenario.ts';

/** Money that changed hands, base units of TOMA: what each holder has more (or less) than before. */
export interface Flow {
  readonly who: string;
  readonly change: bigint;
}

/** What one run of a scenario came to. */
export interface LabReport {
  readonly scenario: Scenario;
  /** Stacks played. */
  readonly stacks: number;
  /** Stacks on which the fault was caught. */
  readonly caught: number;
  /** Number of the first stack on which it was; null when never. */
  readonly caughtAtStack: number | null;
  /** Epochs until then, or in all. */
  readonly epochs: number;
  readonly ends: Readonly<Partial<Record<StackEnd, number>>>;
  readonly rate: number;
  readonly expected: Expected;
  /** Distance of rate and expectation in standard errors of the expectation; 0 when equal. */
  readonly standardErrors: number;
  /** `within` four standard errors; `assumption`: outside, or nobody can be caught, because the named one fails; `off`: outside without a reason. */
  readonly verdict: 'within' | 'assumption' | 'off';
  readonly assumption: string | null;
  /** Net money over all stacks, by holder. They add up to zero. */
  readonly flows: readonly Flow[];
  /** Who paid whom: every payment, in order. They come to the flows. */
  readonly payments: readonly Payment[];
  /** Steps of the last stack played. */
  readonly steps: readonly string[];
  /** The same stack event by event, each with what it paid. */
  readonly moments: readonly Moment[];
  readonly elapsedMs: number;
}

/** Most stacks a single run plays while waiting for the fault to be caught. */
export const MOST_STACKS = 200;
/** Stacks between two refills; a gateway's replays cost so little that they need none. */
const REFILL_EVERY = 100;
const TOLERANCE = 4;

const flowsOf = (before: Books, after: Books, filled: ReadonlyMap<string, bigint>): readonly Flow[] =>
  [...after]
    .map(([who, amount]) => ({ who, change: amount - (before.get(who) ?? 0n) - (filled.get(who) ?? 0n) }))
    .filter(({ change }) => change !== 0n);

/** What the events tell must be what the balances say. Throws `LAB_PAYMENTS`. */
export const checkPayments = (payments: readonly Payment[], flows: readonly Flow[]): void => {
  const net = netOf(payments);
  const changes = new Map(flows.map(({ who, change }) => [who, change]));
  for (const who of new Set([...net.keys(), ...changes.keys()])) {
    const [told, found] = [net.get(who) ?? 0n, changes.get(who) ?? 0n];
    if (told !== found) throw labError('PAYMENTS', { who, told, found });
  }
};

/** Distance in standard errors; infinite when a certainty was missed. */
const distance = (rate: number, expected: number, stacks: number): number => {
  const gap = Math.abs(rate - expected);
  if (gap < 1e-12) return 0;
  const error = Math.sqrt((expected * (1 - expected)) / stacks);
  return error === 0 ? Number.POSITIVE_INFINITY : gap / error;
};

const verdictOf = (errors: number, assumption: string | null): LabReport['verdict'] => {
  if (assumption !== null) return 'assumption';
  return errors <= TOLERANCE ? 'within' : 'off';
};

/** Refills, and takes note of what the faucet gave so that it does not count as a flow. */
const refillNoted = async (market: LabMarket, filled: Map<string, bigint>): Promise<void> => {
  const before = await readBooks(market);
  await refill(market);
  for (const [who, amount] of await readBooks(market))
    filled.set(who, (filled.get(who) ?? 0n) + amount - (before.get(who) ?? 0n));
};

/** Options of {@link runScenario}. */
export interface RunOptions {
  /** Called after each stack. */
  readonly onStack?: (played: number, play: StackPlay) => void;
  /** Stop at the first stack on which the fault is caught. */
  readonly untilCaught?: boolean;
}

/** Plays `scenario.runs` stacks (or, with `untilCaught`, up to that many) on a market of its own. */
export const runScenario = async (scenario: Scenario, options: RunOptions = {}): Promise<LabReport> => {
  const started = performance.now();
  const { fault } = scenario;
  const cast = isDaemonFault(fault) ? await openCast(fault) : undefined;
  const market = await openLabMarket(scenario, cast?.model ?? null);
  try {
    const play = cast
      ? await playDaemons(market, cast)
      : fault === 'replaying-gateway'
        ? await playReplay(market)
        : { next: playStack, close: async () => {} };
    const before = await readBooks(market);
    const filled = new Map<string, bigint>();
    const ends: Partial<Record<StackEnd, number>> = {};
    let [stacks, caught, epochs] = [0, 0, 0];
    let [caughtAtStack, steps]: [number | null, readonly string[]] = [null, []];
    while (stacks < scenario.runs) {
      if (stacks > 0 && stacks % REFILL_EVERY === 0 && !cast && fault !== 'replaying-gateway')
        await refillNoted(market, filled);
      const one = await play.next(market);
      stacks += 1;
      caught += one.caught ? 1 : 0;
      ends[one.end] = (ends[one.end] ?? 0) + 1;
      if (caughtAtStack === null) epochs += one.epochs;
      if (one.caught) caughtAtStack ??= stacks;
      steps = one.steps;
      options.onStack?.(stacks, one);
      if (options.untilCaught && one.caught) break;
    }
    await play.close();
    const expected = expectedOf(scenario, market.config);
    const assumption = brokenAssumption(scenario, market.config);
    const rate = caught / stacks;
    const errors = distance(rate, expected.rate, stacks);
    const flows = flowsOf(before, await readBooks(market), filled);
    const events = await readEvents(market);
    const payments = paymentsOf(events);
    checkPayments(payments, flows);
    return {
      scenario,
      stacks,
      caught,
      caughtAtStack,
      epochs,
      ends,
      rate,
      expected,
      standardErrors: errors,
      verdict: options.untilCaught ? 'within' : verdictOf(errors, assumption),
      assumption,
      flows,
      payments,
      steps,
      moments: lastStackOf(events),
      elapsedMs: Math.round(performance.now() - started),
    };
  } finally {
    market.close();
  }
};
