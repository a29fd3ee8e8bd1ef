/** Real daemons: each fault ends as docs/protocol.md says on its first stack, honest work never in a conviction, and every payment is that of its tables. */
import { expect, test } from 'vitest';
import { builtinScenarios } from './catalogue.ts';
import { isDaemonFault, needsModel } from './fault-names.ts';
import { type Payment, summed } from './payments.ts';
import { type LabReport, runScenario } from './run-scenario.ts';

const played = builtinScenarios.filter(({ scenario: { fault } }) => isDaemonFault(fault));
const names = (wanted: (name: string) => boolean) => played.map(({ name }) => name).filter(wanted);

const playOnce = async (name: string): Promise<LabReport> => {
  const { scenario } = played.find((one) => one.name === name) as (typeof played)[number];
  const report = await runScenario({ ...scenario, runs: 1 });
  expect(report).toMatchObject({ stacks: 1, verdict: 'within' });
  expect(report.flows.reduce((sum, { change }) => sum + change, 0n)).toBe(0n);
  return report;
};

test.each(names((name) => needsModel(name as never)))('%s', async (name) => {
  const { caught, ends } = await playOnce(name);
  expect(caught).toBe(name === 'model-honest' ? 0 : 1);
  expect(Object.keys(ends)).toEqual([name === 'model-honest' ? 'paid' : 'convicted']);
});

// V = P*N = 0.1 TOMA: the node's bond is 2 V; an attester and each juror get the least there is, a challenger bonds B, silence costs S.
const [BOND, PAY, B, S] = [200_000_000n, 20_000_000n, 100_000_000n, 100_000_000n];
const PRICE = 100n;

/** Who paid whom: by the part they had, in TOMA's base units; `F` stands for what the answers cost. */
const paid = ({ payments, steps }: LabReport): Readonly<Record<string, bigint | 'F'>> => {
  const fee = PRICE * BigInt(/for (\d+) units/.exec(steps.join())?.[1] ?? 0);
  const told = ({ from, to, amount }: Payment) => [`${from.as} to ${to.as}`, amount === fee ? 'F' : amount];
  return Object.fromEntries(summed(payments, ({ as }) => as).map(told));
};

/** A conviction by `jurors` that are paid: half of what they leave of the bond is the attester's. */
const conviction = (jurors: bigint) => {
  const share = (BOND - jurors * PAY) / 2n;
  return { 'server to juror': jurors * PAY, 'server to accuser': share, 'server to pool': share };
};
const claim = { 'buyer to server': 'F', 'buyer to pool': PAY };

test.each([
  ['daemon-honest', 'paid', claim],
  ['daemon-other-model', 'convicted', conviction(5n)],
  ['daemon-truncated', 'convicted', conviction(5n)],
  ['daemon-hiding', 'unavailable', { 'server to pool': BOND }],
  [
    'daemon-hiding-once',
    'acquitted',
    { ...claim, 'accuser to juror': (5n * PAY) / 2n, 'server to juror': (5n * PAY) / 2n },
  ],
  ['daemon-insured-jury', 'convicted', { ...conviction(7n), 'slashed node to pool': 3n * S }],
  ['daemon-framing-buyer', 'acquitted', { ...claim, 'accuser to juror': B }],
] as const)('%s', async (name, end, payments) => {
  const report = await playOnce(name);
  expect(report.ends).toEqual({ [end]: 1 });
  expect(report.caught).toBe(name === 'daemon-honest' ? 0 : 1);
  expect(paid(report)).toEqual(payments);
});

test('daemon-framing-coalition', async () => {
  const report = await playOnce('daemon-framing-coalition');
  expect([report.ends, report.caught]).toEqual([{ acquitted: 1 }, 1]);
  const got = paid(report);
  // How many of its four nodes are drawn is chance. Two of five come within a vote of the honest, and a second jury of five is seated.
  const members = BigInt(got['slashed node to pool'] ?? 0n) / S;
  const honest = (members < 2n ? 5n : 10n) - members;
  const [earned, fromAccuser] = [honest * PAY, honest * PAY < B ? honest * PAY : B];
  const amounts = {
    'accuser to juror': fromAccuser,
    'accuser to server': B - fromAccuser,
    'pool to juror': earned - fromAccuser,
    'slashed node to pool': members * S,
  };
  expect(members).toBeLessThanOrEqual(4n);
  expect(got).toEqual({ ...claim, ...Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount > 0n)) });
});

test('every scenario of daemons is in these tables', () => {
  expect(names((name) => !needsModel(name as never))).toHaveLength(8);
});
