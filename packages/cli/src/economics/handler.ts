import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { openSession } from '../chain/session.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Json } from '../kernel/command.ts';
import { toJsonFields } from '../kernel/json-value.ts';
import { grouped, type Row, rowLines } from '../kernel/lines.ts';
import type { economicsFlags } from './flags.ts';

type Values = Parameters<Handler<typeof economicsFlags>>[1];

const permille = (value: bigint): string => `${Number(value) / 10} %`;
const epochs = (value: bigint): string => `${value} epochs`;

/** The part of its units from which on a stack is checked for certain. */
const usedFully = ({ attestationProbability: theta }: sdk.MarketConfig): string =>
  theta === 0n ? 'nothing (none is checked)' : `${Math.min(100, Math.ceil(100_000 / Number(theta)))} %`;

const configRows = (config: sdk.MarketConfig): readonly Row[] => [
  [
    'registration',
    `${config.registrationOpen ? 'open' : 'closed'}, collateral ${formatAmount(config.registrationCollateral)}`,
  ],
  [
    'attestation',
    `of every level-1 stack used to ${usedFully(config)} and of others in proportion: ${config.attesters} drawn, each paid ${permille(config.attesterPay)} of the price, at least ${formatAmount(config.minimumAttesterPay)}, which is the surcharge`,
  ],
  ['a check', `${config.samples} samples, at most ${permille(config.sampledShare)} of the units beside the first row`],
  ['bond', `${permille(config.sampledBond)} of the price at level 1, ${permille(config.plainBond)} at levels 0 and 2`],
  [
    'jury',
    `${config.jurors} seats, each paid ${permille(config.jurorPay)} of the price; a challenger bonds ${permille(config.disputeBond)}, at least ${formatAmount(config.minimumDisputeBond)}, and gets ${permille(config.challengerShare)} of what the jury leaves if it was drawn, ${permille(config.outsiderShare)} if not; silence costs ${permille(config.silenceSlash)}`,
  ],
  ['window', `${epochs(config.window)} to attest or dispute, ${epochs(config.phase)} each to commit and reveal`],
  ['stack life', epochs(config.stackLife)],
  ['exit delay', epochs(config.exitDelay)],
  ['pool', formatAmount(config.pool)],
  [
    'rows',
    `${grouped(config.counts.tasks)} tasks, ${grouped(config.counts.nodes)} nodes, ${grouped(config.counts.stacks)} open stacks, ${grouped(config.counts.tickets)} tickets, ${grouped(config.counts.disputes)} disputes`,
  ],
];

const quoteOf = async (
  atoma: sdk.Atoma,
  { taskSmallId, numComputeUnits, price }: Values,
): Promise<sdk.Quote | null> => {
  if (taskSmallId === undefined || numComputeUnits === undefined || price === undefined) return null;
  return sdk.quotePurchase(atoma, { taskSmallId, numComputeUnits, pricePerComputeUnit: price });
};

const quoteRows = (quote: sdk.Quote): readonly Row[] => [
  ['price', formatAmount(quote.price)],
  ['surcharge', formatAmount(quote.surcharge)],
  ['to pay', formatAmount(quote.total)],
  ["node's bond", formatAmount(quote.bond)],
  [
    'offers',
    `${quote.offers} at this price; the cheapest asks ${quote.cheapestPrice === null ? 'nothing: none serves so many units' : grouped(quote.cheapestPrice)}`,
  ],
];

/** Cost of honest work as part of the fee when none is given. */
const ASSUMED_COST = 0.7;

const inToma = (base: bigint): number => Number(base) / 1e9;

/** Nodes of the task beside the selected one: given, or counted on the task. */
const otherNodesOf = async (atoma: sdk.Atoma, { otherNodes, taskSmallId }: Values): Promise<number | undefined> => {
  if (otherNodes !== undefined || taskSmallId === undefined) return otherNodes;
  return Math.max(0, Number((await sdk.getTask(atoma, { taskSmallId })).subscribers) - 1);
};

const thetaOf = (config: sdk.MarketConfig, values: Values): number =>
  values.attestationProbability ?? Number(config.attestationProbability);

const honestyOf = (
  config: sdk.MarketConfig,
  otherNodes: number | undefined,
  values: Values,
): sdk.HonestyReport | null => {
  if (otherNodes === undefined) return null;
  const fee = inToma((values.numComputeUnits ?? 1_000_000n) * (values.price ?? 100n));
  const colludingNodes = values.colludingNodes ?? Math.round((otherNodes * (values.share ?? 0)) / 1000);
  if (colludingNodes > otherNodes)
    throw cliError('BAD_VALUE', {
      flag: '--colluding-nodes',
      why: `${colludingNodes} is more than the ${otherNodes} other nodes`,
      hint: 'Name at most as many as there are other nodes.',
    });
  return sdk.honesty({
    terms: {
      samplingPermille: 1_000 * sdk.checkProbability(thetaOf(config, values), 1),
      attesters: values.attesters ?? Number(config.attesters),
      jurors: values.jurors ?? Number(config.jurors),
      bondPermille: values.bondPermille ?? Number(config.sampledBond),
    },
    fee,
    honestCost: values.honestCost === undefined ? fee * ASSUMED_COST : inToma(values.honestCost),
    otherNodes,
    colludingNodes,
    falsePositiveRate: (values.falsePositives ?? 0) / 1000,
    openStacks: values.openStacks ?? 1,
  });
};

/** From where on a coalition that plays every move it has does better by lying. */
interface Thresholds {
  /** The share of the fee that honest work may cost. */
  readonly lies: number;
  /** The share of the price that may be billed above what only the stack's owner can show, where it does and where it does not. */
  readonly overclaims: { readonly shown: number; readonly unshown: number };
}

const coalitionOf = (config: sdk.MarketConfig, otherNodes: number | undefined, values: Values): Thresholds | null => {
  if (otherNodes === undefined) return null;
  const { attesters, jurors, bond, ...others } = sdk.sampledTermsOf(config);
  const terms = {
    ...others,
    attestationProbability: thetaOf(config, values),
    attesters: values.attesters ?? attesters,
    jurors: values.jurors ?? jurors,
    bond: values.bondPermille ?? bond,
  };
  const colludingNodes = values.colludingNodes ?? Math.round((otherNodes * (values.share ?? 0)) / 1000);
  const market = { otherNodes, colludingNodes };
  const [shown, unshown] = [true, false].map((isShown) =>
    sdk.overclaimPaysAbove({ terms: sdk.coalitionTerms(terms), ...market }, isShown),
  ) as [number, number];
  return { lies: sdk.lyingPaysAboveAtWorst(terms, market), overclaims: { shown, unshown } };
};

const overclaimText = (above: number): string =>
  Number.isFinite(above) ? `above ${above.toFixed(2)} of the price` : 'never';

const percent = (value: number): string => `${(value * 100).toPrecision(3)} %`;
const toma = (value: number): string =>
  Number.isFinite(value) ? `${Number(value.toPrecision(6))} TOMA` : 'no bond suffices';

const honestyRows = (report: sdk.HonestyReport, above: Thresholds | null): readonly Row[] => [
  ['honest work pays', report.honestyPays ? 'yes' : 'no'],
  ['profit if honest', toma(report.honestProfit)],
  ['profit if cheating', toma(report.cheatingProfit)],
  ['caught', `${percent(report.detectionProbability)} for one stack, ${percent(report.detectionOverStacks)} over all`],
  [
    'lying pays above',
    `${(above?.lies ?? 0).toFixed(2)} of the fee as cost of honest work, for a coalition that plays every move it has`,
  ],
  [
    'over-claiming pays',
    `${overclaimText(above?.overclaims.shown ?? 0)} where the stack’s owner shows what it holds, ${overclaimText(above?.overclaims.unshown ?? 0)} where it does not and an accomplice disputes first`,
  ],
  ['bond at stake', `${toma(report.bond)}; enough from ${toma(report.minimumSafeBond)}`],
];

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** JSON has no infinity: no bond suffices, and what never pays, is null there. */
const honestyData = (report: sdk.HonestyReport, above: Thresholds | null): Record<string, Json> => ({
  lyingPaysAbove: above?.lies ?? null,
  overclaimPaysAbove: above && finite(above.overclaims.shown),
  unshownOverclaimPaysAbove: above && finite(above.overclaims.unshown),
  ...Object.fromEntries(
    Object.entries(toJsonFields(report)).map(([name, value]) => [
      name,
      typeof value === 'number' ? finite(value) : value,
    ]),
  ),
});

/** `atoma economics` */
export const economics: Handler<typeof economicsFlags> = async (run, values) => {
  const { atoma } = await openSession(run, 'reading');
  const [config, quote, otherNodes] = await Promise.all([
    sdk.getConfig(atoma),
    quoteOf(atoma, values),
    otherNodesOf(atoma, values),
  ]);
  const honest = honestyOf(config, otherNodes, values);
  const paysAbove = coalitionOf(config, otherNodes, values);
  return {
    data: {
      config: toJsonFields(config),
      quote: quote && toJsonFields(quote),
      honesty: honest && honestyData(honest, paysAbove),
    },
    short: quote ? String(quote.total) : String(config.pool),
    lines: (paint) => [
      'the market now',
      ...rowLines(paint, configRows(config)),
      ...(quote ? ['', 'this purchase', ...rowLines(paint, quoteRows(quote))] : []),
      ...(honest ? ['', 'inventing answers at level 1', ...rowLines(paint, honestyRows(honest, paysAbove))] : []),
    ],
  };
};
