/** Faults on the real contract: each is caught as its formula says, to the unit; files replay; what is off is named. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { run } from '../testing/in-process.ts';
import { checkout, cleanMachine } from '../testing/process.ts';
import { builtinScenarios, findScenario } from './catalogue.ts';
import { isDaemonFault } from './fault-names.ts';
import { netOf, paymentsOf } from './payments.ts';
import { replayText } from './replay-file.ts';
import { checkPayments, runScenario } from './run-scenario.ts';
import { type Scenario, scenarioDefaults, toScenario } from './scenario.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-lab-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Scenarios without daemons, which are played in no time. */
const hashed = builtinScenarios.filter(({ scenario }) => !isDaemonFault(scenario.fault)).map(({ name }) => name);
const always = { attestationProbability: 1_000_000_000_000n };
const scenario = (change: Partial<Scenario> & Pick<Scenario, 'fault'>): Scenario => ({
  ...scenarioDefaults,
  name: change.fault,
  ...change,
});
const flowsOf = async (change: Partial<Scenario> & Pick<Scenario, 'fault'>) => {
  const report = await runScenario(scenario(change));
  const named = report.flows.map(({ who, change: amount }) => [who, amount] as const);
  expect(named.reduce((sum, [, amount]) => sum + amount, 0n)).toBe(0n);
  return { report, flows: new Map(named), server: `node ${/served by node (\d+)/.exec(report.steps[0] ?? '')?.[1]}` };
};

// V = P*N = 0.1 TOMA, nine tenths used: F = 0.09 TOMA, bond 2 V. Jurors and attesters get the least there is; a challenger bonds B.
const [F, BOND, PAY, B] = [90_000_000n, 200_000_000n, 20_000_000n, 100_000_000n];

test.each(hashed)('%s: a few stacks stay within the formula, and no unit is lost', async (name) => {
  const report = await runScenario({ ...(await findScenario(name)), runs: 12 });
  expect(report.verdict).not.toBe('off');
  expect(report.stacks).toBe(12);
  if (report.expected.rate === 1 && report.assumption === null) expect(report.caught).toBe(12);
  expect(report.flows.reduce((sum, { change }) => sum + change, 0n)).toBe(0n);
  expect(report.payments.length > 0).toBe(report.flows.length > 0);
});

test('two hundred stacks stay within four standard errors, and every payment is told', async () => {
  const report = await runScenario({ ...(await findScenario('colluding')), runs: 200 });
  expect(report).toMatchObject({ stacks: 200, verdict: 'within' });
  expect(report.standardErrors).toBeLessThanOrEqual(4);
  expect(report.caught).toBeGreaterThan(0);
  const net = netOf(report.payments);
  for (const { who, change } of report.flows) expect(net.get(who)).toBe(change);
});

test('who paid whom, one by one', async () => {
  const told = async (change: Parameters<typeof flowsOf>[0]) => {
    const { report, server } = await flowsOf(change);
    return report.payments.map(({ from, to, amount }) => [
      from.as,
      from.who === server ? 'node' : from.who.replace(/\d+/, 'N'),
      to.as,
      amount,
    ]);
  };
  const share = (BOND - 5n * PAY) / 2n;
  expect(await told({ fault: 'other-model', terms: always })).toEqual([
    ...Array.from({ length: 5 }, () => ['server', 'node', 'juror', PAY]),
    ['server', 'node', 'accuser', share],
    ['server', 'node', 'pool', BOND - 5n * PAY - share],
  ]);
  expect(await told({ fault: 'framing-buyer', level: 0 })).toEqual([
    ['buyer', 'buyer', 'server', F],
    ...Array.from({ length: 5 }, () => ['accuser', 'buyer', 'juror', PAY]),
  ]);
  expect(await told({ fault: 'silent-attester', terms: always })).toEqual([
    ['slashed node', 'node N', 'pool', 100_000_000n],
    ['buyer', 'buyer', 'server', F],
    ['buyer', 'buyer', 'pool', PAY],
  ]);
  const undecided = { fault: 'forged-root', nodes: 3 } as const; // too few for a jury
  expect(await told({ ...undecided, terms: always })).toEqual([
    ['buyer', 'buyer', 'server', F],
    ['buyer', 'buyer', 'pool', PAY],
  ]);
  expect(await told({ ...undecided, level: 0, watch: true })).toEqual([['accuser', 'buyer', 'pool', F]]);
  expect(await told({ fault: 'node-offline' })).toEqual([]);
});

test('a fault set on some nodes: they are caught, the others never', async () => {
  const some = await runScenario(scenario({ fault: 'other-model', faulty: [2, 5], terms: always, runs: 60 }));
  expect(some).toMatchObject({ expected: { rate: 0.25 }, verdict: 'within' });
  const paying = some.payments.filter(({ from, to }) => from.as === 'server' && to.as === 'juror');
  expect(new Set(paying.map(({ from }) => from.who))).toEqual(new Set(['node 2', 'node 5']));
  expect(some.ends.paid).toBe(60 - some.caught);
  const silent = await runScenario(scenario({ fault: 'silent-attester', faulty: [1], terms: always, runs: 60 }));
  expect(silent).toMatchObject({ expected: { rate: 0.125 }, verdict: 'within' });
  const slashed = silent.payments.filter(({ from }) => from.as === 'slashed node');
  expect(new Set(slashed.map(({ from }) => from.who))).toEqual(new Set(['node 1']));
});

test('balances that the events do not explain are an error', () => {
  const payments = paymentsOf([]);
  expect(netOf(payments).size).toBe(0);
  expect(() => checkPayments(payments, [{ who: 'node 1', change: 5n }])).toThrow(
    expect.objectContaining({ code: 'LAB_PAYMENTS' }),
  );
});

test('another model, always sampled: convicted on the first stack; everyone’s money to the unit', async () => {
  const { report, flows, server } = await flowsOf({ fault: 'other-model', terms: always });
  expect(report).toMatchObject({ caughtAtStack: 1, ends: { convicted: 1 }, epochs: 2 });
  const challengerShare = (BOND - 5n * PAY) / 2n;
  expect(flows.get('buyer')).toBeUndefined();
  expect(flows.get(server)).toBe(-BOND);
  expect([...flows.values()].filter((change) => change === PAY)).toHaveLength(5);
  expect([...flows.values()]).toContain(challengerShare);
  expect(flows.get('pool')).toBe(BOND - 5n * PAY - challengerShare);
});

test('a wrong leaf costs fee and bond; a silent attester loses its slash and the node is paid', async () => {
  const wrong = await flowsOf({ fault: 'wrong-leaf', terms: always });
  expect(wrong.report.ends).toEqual({ convicted: 1 });
  expect(wrong.flows.get(wrong.server)).toBe(-BOND);
  const silent = await flowsOf({ fault: 'silent-attester', terms: always });
  expect(silent.report).toMatchObject({ caught: 1, ends: { paid: 1 } });
  expect(silent.flows.get(silent.server)).toBe(F);
  expect([...silent.flows.values()]).toContain(-100_000_000n); // the slash is at least 0.1 TOMA
});

test('framing costs the buyer its bond; offline costs nobody anything', async () => {
  const framed = await flowsOf({ fault: 'framing-buyer', level: 0 });
  expect(framed.report.ends).toEqual({ acquitted: 1 });
  expect(framed.flows.get('buyer')).toBe(-(F + B));
  expect(framed.flows.get(framed.server)).toBe(F);
  const offline = await flowsOf({ fault: 'node-offline' });
  expect(offline.flows.size).toBe(0);
  expect(offline.report).toMatchObject({ caught: 1, epochs: 2 });
});

test('an accomplice disputes first: what the owner shows costs the node its bond; where it shows nothing the jury is all that is paid', async () => {
  const price = 1_000n; // V = 1 TOMA, above the floors; half of the 0.9 TOMA claimed were refused
  const [value, jury] = [10n * B, 4n * B];
  const shown = await flowsOf({ fault: 'accomplice-first', price, watch: true, terms: always });
  expect(shown.report).toMatchObject({ ends: { convicted: 1 }, epochs: 1, verdict: 'within' });
  expect(shown.flows.get('buyer')).toBeUndefined();
  expect(shown.flows.get(shown.server)).toBe(-2n * value);
  expect(shown.flows.get('accomplice')).toBe((2n * value - jury) / 10n);
  const unshown = await flowsOf({ fault: 'accomplice-first', price, terms: always });
  expect(unshown.report).toMatchObject({ ends: { acquitted: 1 }, epochs: 2, verdict: 'within' });
  expect(unshown.flows.get('buyer')).toBe(-(9n * B + (4n * B) / 10n));
  expect(unshown.flows.get(unshown.server)).toBe(9n * B + value / 2n - jury);
  expect(unshown.flows.get('accomplice')).toBe(-value / 2n);
});

test('a list kept from the buyer: the receipts it adds cost the node its bond; where it does not look again the buyer loses its own', async () => {
  const price = 1_000n; // V = 1 TOMA; half of the 0.9 TOMA claimed were signed for
  const value = 10n * B;
  const shown = await flowsOf({ fault: 'withheld-list', level: 0, price, watch: true });
  expect(shown.report).toMatchObject({ ends: { convicted: 1 }, epochs: 1, verdict: 'within' });
  expect(shown.flows.get('buyer')).toBeUndefined();
  expect(shown.flows.get(shown.server)).toBe(-6n * value); // at level 0 the bond is six prices
  const unshown = await flowsOf({ fault: 'withheld-list', level: 0, price });
  expect(unshown.report).toMatchObject({ ends: { acquitted: 1 }, epochs: 2, verdict: 'within' });
  expect(unshown.flows.get('buyer')).toBe(-(9n * B + value / 2n));
});

test('an honest root with too large a claim: the attester disputes the claim', async () => {
  const greedy: NonNullable<Scenario['tamper']> = (truth) => ({ history: truth, claimed: 1_000_000n });
  const { report } = await flowsOf({ fault: 'other-model', terms: always, tamper: greedy });
  expect(report).toMatchObject({ caught: 1, ends: { convicted: 1 } });
});

test('every other node colludes: nothing is caught, as the formula says', async () => {
  const { report } = await flowsOf({ fault: 'colluding', nodes: 8, colluding: 7, terms: always });
  expect(report).toMatchObject({ caught: 0, expected: { rate: 0 }, verdict: 'within', ends: { paid: 1 } });
});

test('the same seed plays the same stacks; another seed others', async () => {
  const play = async (seed: string) =>
    (await runScenario(scenario({ fault: 'colluding', colluding: 3, seed, runs: 10 }))).flows;
  const [first, again, other] = [await play('a'), await play('a'), await play('b')];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test('a rate away from the formula is off; a scenario that breaks an assumption names it', async () => {
  const secret = (truth: Parameters<NonNullable<Scenario['tamper']>>[0]) => ({ history: truth, claimed: 1n });
  const off = await runScenario(scenario({ fault: 'other-model', terms: always, tamper: secret, runs: 3 }));
  expect(off).toMatchObject({ caught: 0, verdict: 'off' }); // a harmless change is no fault, and the lab says so
  const leaked = await runScenario({ ...(await findScenario('leaked-answer')), terms: always, runs: 20 });
  expect(leaked.caught).toBeLessThan(20);
  expect(leaked).toMatchObject({ verdict: 'assumption' });
  expect(leaked.assumption).toContain('Jurors do the work');
  const tiny = await runScenario({ ...(await findScenario('tiny-task')), terms: always, runs: 2 });
  expect(tiny).toMatchObject({ caught: 0, ends: { paid: 2 } });
});

test('a replay file is a scenario again and plays the same', async () => {
  const report = await runScenario(scenario({ fault: 'forged-root', colluding: 2, runs: 10, seed: 'again' }));
  const file = join(directory, 'replay.yaml');
  writeFileSync(file, replayText(report, directory));
  const replayed = await runScenario(await findScenario(file));
  expect(replayed.flows).toEqual(report.flows);
  expect(parse(replayText(report, directory)).observed.caught).toBe(replayed.caught);
});

test('scenarios of users: YAML with defaults, TypeScript with a fault of its own; mistakes are named', async () => {
  const yaml = join(directory, 'mine.yaml');
  writeFileSync(yaml, 'name: mine\nfault: colluding\nnodes: 9\ncolluding: 2\nterms:\n  attestationProbability: 150\n');
  expect(await findScenario(yaml)).toMatchObject({ name: 'mine', nodes: 9, terms: { attestationProbability: 150n } });
  const module = join(directory, 'mine.mjs');
  writeFileSync(
    module,
    `export const scenario = { fault: 'other-model', watch: true, tamper: (truth) => ({ history: { leaves: truth.leaves.slice(1) }, claimed: 900000n }) };\n`,
  );
  const own = await runScenario(await findScenario(module));
  expect(own).toMatchObject({ caught: 1, ends: { convicted: 1 } });
  for (const [wrong, why] of [
    [{}, 'fault must be'],
    [{ fault: 'honest', nodes: 0 }, 'nodes must be'],
    [{ fault: 'honest', speed: 1 }, '"speed"'],
    [{ fault: 'honest', terms: { nothing: 1 } }, 'terms.nothing'],
    [{ fault: 'honest', nodes: 3, colluding: 3 }, 'fewer than the nodes'],
    [{ fault: 'other-model', faulty: [] }, 'faulty must be'],
    [{ fault: 'other-model', nodes: 3, faulty: [4] }, 'nodes are 1 to 3'],
    [{ fault: 'framing-buyer', faulty: [1] }, 'the buyer’s'],
  ] as const)
    expect(() => toScenario('x.yaml', wrong)).toThrow(
      expect.objectContaining({ code: 'LAB_BAD_SCENARIO', message: expect.stringContaining(why) }),
    );
  await expect(findScenario('nothing')).rejects.toMatchObject({ code: 'LAB_UNKNOWN' });
});

test('a scenario that fails leaves a file that plays the same again, also one written in TypeScript', async () => {
  const machine = cleanMachine();
  const file = join(machine.home, 'harmless.ts');
  writeFileSync(
    file,
    `interface Leaf { readonly units: bigint }
export const scenario = {
  name: 'harmless',
  fault: 'other-model' as const,
  terms: { attestationProbability: 1_500 },
  tamper: (truth: { readonly leaves: readonly Leaf[] }) => ({ history: truth, claimed: 1n }),
};
`,
  );
  const play = async (name: string) => {
    const done = await run(machine, `lab run ${name} --runs 3 --export ${machine.home}`);
    expect(done.code, done.out + done.err).toBe(1);
    expect(done.err).toContain('LAB_OFF');
    return done.out;
  };
  const first = await play(file);
  const replay = join(machine.home, 'lab-harmless-lab.yaml');
  expect(parse(readFileSync(replay, 'utf8'))).toMatchObject({
    module: 'harmless.ts',
    runs: 3,
    observed: { caught: 0 },
  });
  expect(await play(replay)).toBe(first);
});

test('the page of results is of this contract and names every built-in scenario', async () => {
  const page = readFileSync(join(checkout, 'docs/lab.md'), 'utf8');
  const printed = await run(cleanMachine(), 'lab run node-offline --runs 1 --markdown');
  const [contract] = printed.out.split('\n');
  expect(contract).toMatch(/^Contract `[0-9a-f]{16}`\.$/);
  // After a change of the contract: npm run build, then paste what `./dev/cli lab run all --runs 200 --markdown` prints.
  expect(page).toContain(contract);
  const rows = [...page.matchAll(/^\| ([a-z-]+) \| \d+ of (\d+) \|/gm)].map(([, name, runs]) => [name, Number(runs)]);
  expect(rows).toEqual(hashed.map((name) => [name, 200]));
});

test('scenarios shown on the page are the files beside it', () => {
  const page = readFileSync(join(checkout, 'docs/lab.md'), 'utf8');
  for (const file of ['six-in-one-hand.yaml', 'half-the-work.ts'])
    expect(page).toContain(readFileSync(join(checkout, 'docs/examples', file), 'utf8'));
});
