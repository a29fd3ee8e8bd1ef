import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { openSession } from '../../chain/session.ts';
import type { Handler, Json } from '../../kernel/command.ts';
import { cliError } from '../../kernel/errors.ts';
import { toJsonFields } from '../../kernel/json-value.ts';
import { grouped, type Row, rowLines } from '../../kernel/lines.ts';
import type { economicsFlags } from '../specs/economics.ts';

type Values = Parameters<Handler<typeof economicsFlags>>[1];

const permille = (value: bigint): string => `${Number(value) / 10} %`;
const epochs = (value: bigint): string => `${value} epochs`;

const configRows = (config: sdk.MarketConfig): readonly Row[] => [
  [
    'registration',
    `${config.registrationOpen ? 'open' : 'closed'}, collateral ${formatAmount(config.registrationCollateral)}`,
  ],
  [
    'attestation',
    `required for ${permille(config.attestationProbability)} of level-1 settlements, ${config.attesters} drawn, each paid ${permille(config.attesterPay)} of the fee`,
  ],
  ['surcharge', `${permille(config.surcharge)} at level 1, for the pool`],
  ['bond', `${permille(config.sampledBond)} of the price at level 1, ${permille(config.plainBond)} at levels 0 and 2`],
  [
    'jury',
    `${config.jurors} seats; challenger's share ${permille(config.challengerShare)}, bond at least ${formatAmount(config.minimumDisputeBond)}`,
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
  if (taskSmallId === undefined) return null;
  if (numComputeUnits === undefined || price === undefined)
    throw cliError('MISSING_VALUE', { flags: '--num-compute-units and --price', command: 'atoma economics' });
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

const inToma = (base: bigint): number => Number(base) / 1e9;

const honestyOf = (config: sdk.MarketConfig, values: Values): sdk.HonestyReport | null => {
  const { otherNodes, numComputeUnits, price } = values;
  if (otherNodes === undefined) return null;
  const fee = inToma((numComputeUnits ?? 1_000_000n) * (price ?? 100n));
  return sdk.honesty({
    terms: {
      samplingPermille: Number(config.attestationProbability),
      attesters: Number(config.attesters),
      jurors: Number(config.jurors),
      bondPermille: Number(config.sampledBond),
    },
    fee,
    honestCost: values.honestCost === undefined ? fee * 0.7 : inToma(values.honestCost),
    otherNodes,
    colludingNodes: values.colludingNodes ?? 0,
    falsePositiveRate: (values.falsePositives ?? 0) / 1000,
    openStacks: values.openStacks ?? 1,
  });
};

const percent = (value: number): string => `${(value * 100).toPrecision(3)} %`;
const toma = (value: number): string =>
  Number.isFinite(value) ? `${Number(value.toPrecision(6))} TOMA` : 'no bond suffices';

const honestyRows = (report: sdk.HonestyReport): readonly Row[] => [
  ['honest work pays', report.honestyPays ? 'yes' : 'no'],
  ['profit if honest', toma(report.honestProfit)],
  ['profit if cheating', toma(report.cheatingProfit)],
  ['caught', `${percent(report.detectionProbability)} for one stack, ${percent(report.detectionOverStacks)} over all`],
  ['bond at stake', `${toma(report.bond)}; enough from ${toma(report.minimumSafeBond)}`],
];

/** JSON has no infinity: no bond suffices is null there. */
const honestyData = (report: sdk.HonestyReport): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(toJsonFields(report)).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isFinite(value) ? null : value,
    ]),
  );

/** `atoma economics` */
export const economics: Handler<typeof economicsFlags> = async (run, values) => {
  const { atoma } = await openSession(run, 'reading');
  const [config, quote] = await Promise.all([sdk.getConfig(atoma), quoteOf(atoma, values)]);
  const honest = honestyOf(config, values);
  return {
    data: { config: toJsonFields(config), quote: quote && toJsonFields(quote), honesty: honest && honestyData(honest) },
    short: quote ? String(quote.total) : String(config.pool),
    lines: (paint) => [
      'the market now',
      ...rowLines(paint, configRows(config)),
      ...(quote ? ['', 'this purchase', ...rowLines(paint, quoteRows(quote))] : []),
      ...(honest ? ['', 'inventing answers at level 1', ...rowLines(paint, honestyRows(honest))] : []),
    ],
  };
};
