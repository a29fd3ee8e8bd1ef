import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { openSession, type Session } from '../chain/session.ts';
import { walletFile, walletNames } from '../chain/wallet-files.ts';
import { namedWallet } from '../chain/wallets.ts';
import { type When, whenOn } from '../chain/when.ts';
import type { Handler, Run } from '../kernel/command.ts';
import type { Paint } from '../kernel/io.ts';
import { toJsonFields } from '../kernel/json-value.ts';
import { type Row, rowLines, tableLines } from '../kernel/lines.ts';
import type { moneyFlags } from './flags.ts';
import { commandOf } from './write-command.ts';

/** An address with the name it has here. */
interface Named {
  readonly name: string | null;
  readonly address: string;
}

const isAddress = (word: string): boolean => /^0x[0-9a-fA-F]{1,64}$/.test(word);

const asked = async (run: Run, given: readonly string[]): Promise<readonly Named[]> =>
  Promise.all(
    given
      .flatMap((word) => word.split(','))
      .filter((word) => word !== '')
      .map(async (word) =>
        isAddress(word)
          ? { name: null, address: sdk.parseObjectId(word) }
          : { name: word, address: (await namedWallet(run.settings, word)).address },
      ),
  );

/** The wallets kept here and the one in use, each address once. */
const ownWallets = async (run: Run, { wallet }: Session): Promise<readonly Named[]> => {
  const { wallets } = run.settings.home;
  const kept = await Promise.all(
    walletNames(wallets).map(async (name) => ({
      name,
      address: (await sdk.describeKeyFile(walletFile(wallets, name))).address,
    })),
  );
  const all: readonly Named[] = wallet ? [{ name: wallet.name, address: wallet.address }, ...kept] : kept;
  return all.filter(({ address }, i) => all.findIndex((other) => other.address === address) === i);
};

/** An explicitly chosen wallet is looked at alone. */
const chosen = async (run: Run, session: Session, given: readonly string[] | undefined): Promise<readonly Named[]> => {
  if (given) return asked(run, given);
  const { wallet } = session;
  const isNamed = run.common.wallet !== undefined;
  return isNamed && wallet ? [{ name: wallet.name, address: wallet.address }] : ownWallets(run, session);
};

const titles: Readonly<Record<sdk.MoneyKind, string>> = {
  wallet: 'wallet',
  openStack: 'open stacks',
  settlement: 'waiting for settlement',
  window: 'in a window',
  opening: 'to be opened',
  dispute: 'in dispute',
  claimable: 'claimable now',
  stakeFree: 'stake, free',
  stakeLocked: 'stake, locked',
  queuedWithdrawal: 'queued withdrawal',
  earnings: 'earnings',
};

const totalsOf = (report: sdk.MoneyReport): ReadonlyMap<sdk.MoneyKind, bigint> => {
  const lines = report.addresses.flatMap((one) => one.lines);
  const amountOf = (kind: sdk.MoneyKind) =>
    lines.filter((line) => line.kind === kind).reduce((total, line) => total + line.amount, 0n);
  return new Map(sdk.moneyKinds.map((kind) => [kind, amountOf(kind)]));
};

const placeOf = ({ stackSmallId, nodeSmallId }: sdk.MoneyLine): string => {
  if (stackSmallId !== null) return `stack ${stackSmallId}`;
  return nodeSmallId === null ? '' : `node ${nodeSmallId}`;
};

/** Flags without which the command would act on another network or as another wallet. */
interface Here {
  /** Empty where the network need not be named. */
  readonly network: string;
  readonly wallet: string | undefined;
}

const flagsFor = (name: string | null, { network, wallet }: Here): string =>
  `${name === null || name === wallet ? '' : ` --wallet ${name}`}${network}`;

/** Wallets with nothing in them are shown only when asked for, or when there is no other. */
const worthShowing = (one: sdk.AddressMoney): boolean =>
  one.toma !== 0n || one.sui !== 0n || one.credits.length > 0 || (one.slashed ?? 0n) !== 0n;

/** The commands name the wallet and the network only where they are not those in use. */
const addressLines = (
  paint: Paint,
  one: sdk.AddressMoney,
  { name }: Named,
  when: When,
  here: Here,
): readonly string[] => {
  const flag = flagsFor(name, here);
  const cells = one.lines.map((line) => [
    titles[line.kind],
    formatAmount(line.amount),
    placeOf(line),
    line.fromEpoch === null ? '' : when(line.fromEpoch),
    line.next === null ? line.what : `atoma ${commandOf(line.next)}${flag}`,
  ]);
  const notes: readonly Row[] = [
    ...one.credits.map(
      (credit): Row => [
        'credit',
        `${formatAmount(credit.owed)} owed by the pool, ${formatAmount(credit.payable)} of it now: atoma ${commandOf(credit.next)}${flag}`,
      ],
    ),
    ...(one.slashed === null || one.slashed === 0n
      ? []
      : [['slashed', `${formatAmount(one.slashed)} lost so far`] as const]),
  ];
  return [
    '',
    `${paint.bold(name ?? 'address')} ${paint.dim(one.address)}`,
    `  ${formatAmount(one.toma)} in all, ${formatAmount(one.sui, 'SUI')}`,
    ...(cells.length === 0
      ? []
      : tableLines(paint, ['where', 'amount', 'of', 'from', 'frees it'], cells).map((line) => `  ${line}`)),
    ...rowLines(paint, notes),
  ];
};

const verdict = ({ supply, missing, othersInWallets, accounted }: sdk.MoneyReport): string => {
  if (othersInWallets === null)
    return `${formatAmount(accounted)} accounted for; history was not read, so not compared`;
  if (supply === null || missing === null)
    return `${formatAmount(accounted)} accounted for; the supply cannot be read on this network`;
  if (missing === 0n)
    return `${formatAmount(supply)} minted, ${formatAmount(accounted)} accounted for: every unit found`;
  const held = missing > 0n ? 'lies in wallets that never took part in the market' : 'was counted too much';
  return `${formatAmount(supply)} minted, ${formatAmount(accounted)} accounted for: ${formatAmount(missing < 0n ? -missing : missing)} ${held}`;
};

const allRows = (report: sdk.MoneyReport): readonly Row[] => [
  ['these addresses', formatAmount(report.addresses.reduce((total, one) => total + one.toma, 0n))],
  [
    'others',
    `${formatAmount(report.othersInMarket)} in the market${report.othersInWallets === null ? '' : `, ${formatAmount(report.othersInWallets)} in ${report.othersCount} wallets`}`,
  ],
  [
    'pool',
    `${formatAmount(report.pool)}${report.poolPending === 0n ? '' : ` and ${formatAmount(report.poolPending)} from stacks settled but not claimed`}`,
  ],
  ['together', verdict(report)],
];

/** `atoma money` */
export const money: Handler<typeof moneyFlags> = async (run, { address, noHistory }) => {
  const session = await openSession(run, 'reading');
  const { atoma, chain, wallet } = session;
  const named = await chosen(run, session, address);
  const [report, when] = await Promise.all([
    sdk.getMoney(atoma, { addresses: named.map((one) => one.address), history: !noHistory }),
    whenOn(atoma, chain.network),
  ]);
  const nameOf = (of: string): Named => named.find((one) => one.address === of) ?? { name: null, address: of };
  const here: Here = {
    network: run.common.network === undefined ? '' : ` --network ${chain.network.name}`,
    wallet: wallet?.name,
  };
  const totals = totalsOf(report);
  const shown = [...totals].filter(([, amount]) => amount !== 0n);
  const { addresses, othersCount: _count, ...rest } = report;
  const rich = addresses.filter(worthShowing);
  const told = address || rich.length === 0 ? addresses : rich;
  return {
    data: {
      ...toJsonFields(rest),
      addresses: addresses.map((one) => ({
        name: nameOf(one.address).name,
        ...toJsonFields({
          ...one,
          lines: one.lines.map(({ address: _whose, next, ...line }) => ({ ...line, command: next && commandOf(next) })),
          credits: one.credits.map(({ next, ...credit }) => ({ ...credit, command: commandOf(next) })),
        }),
      })),
      totals: Object.fromEntries([...totals].map(([kind, amount]) => [kind, String(amount)])),
    },
    short: String(addresses.reduce((total, one) => total + one.toma, 0n)),
    lines: (paint) => [
      `TOMA in ${when(report.epoch)}`,
      ...rowLines(
        paint,
        shown.map(([kind, amount]) => [titles[kind], formatAmount(amount)]),
      ),
      ...told.flatMap((one) => addressLines(paint, one, nameOf(one.address), when, here)),
      '',
      paint.bold('all TOMA'),
      ...rowLines(paint, allRows(report)),
    ],
  };
};
