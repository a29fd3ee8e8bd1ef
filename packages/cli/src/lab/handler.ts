import { resolve } from 'node:path';
import { toHex } from '@atoma/base';
import { formatAmount, shippedPackages } from '@atoma/sdk';
import type { Handler, Json, Report, Run } from '../kernel/command.ts';
import type { Paint } from '../kernel/io.ts';
import { counted, type Row, rowLines, tableLines } from '../kernel/lines.ts';
import { builtinScenarios, findScenario } from './catalogue.ts';
import { isDaemonFault } from './fault-names.ts';
import type { labListFlags, labRunFlags } from './flags.ts';
import { labError } from './lab-errors.ts';
import { type Payment, type Side, summed } from './payments.ts';
import { writeReplay } from './replay-file.ts';
import { type LabReport, MOST_STACKS, runScenario } from './run-scenario.ts';
import { checkFaulty, type Scenario } from './scenario.ts';

type Values = Parameters<Handler<typeof labRunFlags>>[1];
type Played = LabReport & { readonly replay: string | null };

/** `atoma lab list` */
export const labList: Handler<typeof labListFlags> = async () => ({
  data: { scenarios: builtinScenarios.map(({ name, what, scenario }) => ({ name, fault: scenario.fault, what })) },
  short: builtinScenarios.map(({ name }) => name).join('\n'),
  lines: (paint) => [
    ...tableLines(
      paint,
      ['scenario', 'what happens'],
      builtinScenarios.map(({ name, what }) => [name, what]),
    ),
  ],
});

/** What `all` stands for: daemons take seconds for each stack, so their scenarios are named one by one. */
const quick = builtinScenarios.filter(({ scenario }) => !isDaemonFault(scenario.fault)).map(({ name }) => name);

const wanted = async ({ scenarios }: Values): Promise<readonly Scenario[]> => {
  const names = scenarios.flatMap((word) => (word === 'all' ? quick : [word]));
  return Promise.all(names.map(findScenario));
};

const changed = (scenario: Scenario, { seed, nodes, colluding, faulty, runs }: Values): Scenario =>
  checkFaulty(scenario.name, {
    ...scenario,
    ...(seed === undefined ? {} : { seed }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(colluding === undefined ? {} : { colluding }),
    ...(faulty === undefined ? {} : { faulty: [...new Set(faulty.map(Number))] }),
    runs: runs ?? (scenario.runs > 1 ? scenario.runs : MOST_STACKS),
  });

const percent = (rate: number): string => `${(rate * 100).toFixed(2)} %`;

const distanceText = ({ standardErrors, verdict, assumption }: LabReport): string => {
  const distance = Number.isFinite(standardErrors)
    ? `${standardErrors.toFixed(1)} standard errors`
    : 'a certainty missed';
  if (verdict === 'assumption') return `assumption fails: ${assumption}`;
  return verdict === 'within' ? distance : `OFF: ${distance}`;
};

const firstText = ({ caughtAtStack, epochs }: LabReport): string =>
  caughtAtStack === null ? 'never' : `stack ${caughtAtStack}, ${counted(epochs, 'epoch')}`;

const paidText = ({ from, to, amount }: Payment, name: (side: Side) => string): string =>
  `${name(from)} to ${name(to)} ${formatAmount(amount)}`;

/** Who paid whom over all stacks, by the part they had. */
const partsText = ({ payments }: LabReport): string =>
  summed(payments, (side) => side.as)
    .map((payment) => paidText(payment, (side) => side.as))
    .join('; ') || 'nobody';

const tableHead = ['scenario', 'caught', 'first', 'rate', 'formula', 'distance'] as const;
const paidHead = 'who paid whom, over all stacks';
const tableCells = (one: Played): readonly string[] => [
  one.scenario.name,
  `${one.caught} of ${one.stacks}`,
  firstText(one),
  percent(one.rate),
  `${percent(one.expected.rate)} (${one.expected.formula})`,
  distanceText(one),
];

/** The bytecode played on: a table is as old as it. */
const contractText = async (): Promise<string> => {
  const { atoma } = await shippedPackages();
  return `Contract \`${toHex(atoma.digest).slice(0, 16)}\`.`;
};

const markdownLines = (played: readonly Played[], contract: string): readonly string[] => [
  contract,
  '',
  `| ${[...tableHead, paidHead].join(' | ')} |`,
  `|${[...tableHead, paidHead].map(() => '---').join('|')}|`,
  ...played.map((one) => `| ${[...tableCells(one), partsText(one)].join(' | ')} |`),
];

const statisticLines = (played: readonly Played[], paint: Paint): readonly string[] => [
  ...tableLines(paint, tableHead, played.map(tableCells)),
  '',
  paint.bold(paidHead),
  ...rowLines(
    paint,
    played.map((one) => [one.scenario.name, partsText(one)]),
  ),
];

const signed = (amount: bigint): string => `${amount > 0n ? '+' : ''}${formatAmount(amount)}`;

/** Payments by name; of many stacks by the part they had, and what each holder has more or less. */
const moneyLines = ({ payments, flows, stacks }: Played, paint: Paint): readonly string[] => {
  const keyOf = (side: Side): string => (stacks === 1 ? side.who : side.as);
  const paid = summed(payments, keyOf).map((payment): Row => {
    const named = (side: Side): string => (stacks === 1 && side.who !== side.as ? `${side.who} (${side.as})` : side.as);
    return [`${named(payment.from)} to ${named(payment.to)}`, formatAmount(payment.amount)];
  });
  const net = [...flows]
    .sort((a, b) => (a.change < b.change ? -1 : 1))
    .map(({ who, change }): Row => [who, signed(change)]);
  return [
    `  who paid whom${stacks === 1 ? '' : ', over all stacks'}`,
    ...rowLines(paint, paid.length === 0 ? [['nobody', 'everyone has what they had']] : paid, '    '),
    ...(net.length === 0 ? [] : ['  what everybody has more or less', ...rowLines(paint, net, '    ')]),
  ];
};

/** One scenario that was played until caught, told step by step. */
const storyLines = (one: Played, paint: Paint): readonly string[] => {
  const epochs = counted(one.epochs, 'epoch');
  const verdict =
    one.caughtAtStack === null
      ? paint.yellow(`not caught on ${counted(one.stacks, 'stack')} (${epochs})`)
      : paint.green(`caught on stack ${one.caughtAtStack}, ${epochs} after the first purchase`);
  return [
    paint.bold(one.scenario.name),
    ...rowLines(paint, [
      ['outcome', verdict],
      ['formula', `${percent(one.expected.rate)} a stack: ${one.expected.formula}`],
      ...(one.assumption === null ? [] : [['assumption', `fails here: ${one.assumption}`] as const]),
      [
        'stacks',
        Object.entries(one.ends)
          .map(([end, count]) => `${count} ${end}`)
          .join(', '),
      ],
    ]),
    '  the last stack',
    ...one.steps.map((step) => `    ${step}`),
    ...moneyLines(one, paint),
  ];
};

const paymentData = ({ from, to, amount }: Payment) => ({
  from: from.who,
  from_part: from.as,
  to: to.who,
  to_part: to.as,
  amount,
});

const dataOf = ({ scenario, expected, standardErrors, ends, flows, payments, ...rest }: Played): Json => ({
  name: scenario.name,
  fault: scenario.fault,
  seed: scenario.seed,
  nodes: scenario.nodes,
  faulty: scenario.faulty,
  stacks: rest.stacks,
  caught: rest.caught,
  caught_at_stack: rest.caughtAtStack,
  epochs: rest.epochs,
  ends: { ...ends },
  rate: rest.rate,
  expected: expected.rate,
  formula: expected.formula,
  standard_errors: Number.isFinite(standardErrors) ? standardErrors : null,
  verdict: rest.verdict,
  assumption: rest.assumption,
  flows: flows.map(({ who, change }) => ({ who, change })),
  payments: summed(payments, ({ who, as }) => `${who} ${as}`).map(paymentData),
  steps: rest.steps,
  moments: rest.moments.map(({ said, payments: paid }) => ({ said, payments: paid.map(paymentData) })),
  replay: rest.replay,
  elapsed_ms: rest.elapsedMs,
});

const playAll = async (run: Run, values: Values): Promise<readonly Played[]> => {
  const played: Played[] = [];
  const isStatistic = values.runs !== undefined;
  for (const scenario of await wanted(values)) {
    const report = await runScenario(changed(scenario, values), { untilCaught: !isStatistic && scenario.runs === 1 });
    const isOff = report.verdict === 'off';
    const directory = values.export ?? (isOff ? '.' : undefined);
    const replay = directory === undefined ? null : writeReplay(resolve(run.io.cwd, directory), report);
    played.push({ ...report, replay });
    if (isStatistic)
      run.note(`${scenario.name}: ${report.caught} of ${report.stacks} (${(report.elapsedMs / 1000).toFixed(1)} s)`);
  }
  return played;
};

const reportOf = (played: readonly Played[], { runs, markdown }: Values, contract: string): Report => ({
  data: { reports: played.map(dataOf) },
  short: played.map((one) => `${one.scenario.name} ${one.caught}/${one.stacks}`).join('\n'),
  lines: (paint) =>
    markdown
      ? markdownLines(played, contract)
      : runs === undefined
        ? played.flatMap((one, i) => [...(i === 0 ? [] : ['']), ...storyLines(one, paint)])
        : statisticLines(played, paint),
});

/** `atoma lab run` */
export const labRun: Handler<typeof labRunFlags> = async (run, values) => {
  const played = await playAll(run, values);
  const off = played.filter((one) => one.verdict === 'off');
  const report = reportOf(played, values, await contractText());
  if (off.length === 0) return report;
  if (!run.common.json) run.io.out(`${report.lines(run.io.paint).join('\n')}\n`);
  throw labError('OFF', {
    which: off
      .map((one) => `${one.scenario.name} ${percent(one.rate)}, formula ${percent(one.expected.rate)}`)
      .join('; '),
    files: off.map((one) => one.replay).join(' '),
  });
};
