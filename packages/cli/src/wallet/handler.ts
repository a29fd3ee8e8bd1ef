import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { answerOf, openChain } from '../chain/chain.ts';
import { ask } from '../chain/confirm.ts';
import { given } from '../chain/given.ts';
import { type BareSession, openSession, openWhatIsThere } from '../chain/session.ts';
import { requestSui } from '../chain/sui-faucet.ts';
import { isWalletName, walletFile, walletNames } from '../chain/wallet-files.ts';
import { activeWallet, namedWallet, suiWalletOf } from '../chain/wallets.ts';
import { activeNetwork } from '../config/networks.ts';
import { readUserConfig, writeUserConfig } from '../config/settings.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import { rowLines, tableLines } from '../kernel/lines.ts';
import type * as specs from './flags.ts';

const newFile = (run: Run, name: string): string => {
  if (!isWalletName(name))
    throw cliError('BAD_VALUE', {
      flag: 'NAME',
      why: `"${name}" cannot name a wallet.`,
      hint: 'Use letters, digits, dots and dashes, at most 64.',
    });
  if (walletNames(run.settings.home.wallets).includes(name)) throw cliError('WALLET_EXISTS', { name });
  return walletFile(run.settings.home.wallets, name);
};

const made = (run: Run, name: string, file: string, key: sdk.KeyInfo, verb: string, use = false) => {
  const isFirst =
    use || (readUserConfig(run.settings.home.config).wallet === undefined && run.settings.network.value !== 'embedded');
  try {
    if (isFirst) writeUserConfig(run.settings.home.config, 'wallet', name);
  } catch (error) {
    rmSync(file); // nobody knows this key yet
    throw error;
  }
  return {
    data: { name, address: key.address, scheme: key.scheme, file },
    short: key.address,
    lines: () => [
      `wallet ${name} ${verb}: ${key.address}${isFirst ? ' (in use from now on)' : ''}`,
      `  key file ${file}; keep a copy in a safe place`,
    ],
  };
};

/** `atoma wallet new` */
export const make: Handler<typeof specs.walletNewFlags> = async (
  run,
  { name = 'default', scheme = 'ed25519', use, keep },
) => {
  const { wallets, config } = run.settings.home;
  if ((use || keep) && walletNames(wallets).includes(name)) {
    const file = walletFile(wallets, name);
    const { address, scheme: found } = await sdk.describeKeyFile(file);
    if (use) writeUserConfig(config, 'wallet', name);
    return {
      data: { name, address, scheme: found, file },
      short: address,
      lines: () => [`wallet ${name} is there already: ${address}${use ? ' (in use from now on)' : ''}`],
    };
  }
  const file = newFile(run, name);
  return made(run, name, file, await sdk.createKeyFile(file, { scheme }), 'made', use);
};

const readSecret = async (run: Run, from: string | undefined): Promise<string> => {
  if (from === '-') return run.io.readStdin().trim();
  if (from !== undefined) {
    try {
      return readFileSync(resolve(run.io.cwd, from), 'utf8').trim();
    } catch (error) {
      throw cliError('FILE_UNREADABLE', { file: from, why: (error as Error).message }, error);
    }
  }
  if (!run.io.canAsk)
    throw cliError('MISSING_VALUE', {
      flags: '--secret (a file, or - for standard input)',
      command: run.command,
      whole: '',
    });
  const { isCancel, password } = await import('@clack/prompts');
  const typed = await password({ message: 'Secret key or mnemonic', output: process.stderr });
  if (isCancel(typed)) throw cliError('INTERRUPTED');
  return typed.trim();
};

/** `atoma wallet import` */
export const importKey: Handler<typeof specs.walletImportFlags> = async (run, { name = 'default', secret }) => {
  const file = newFile(run, name);
  return made(run, name, file, await sdk.importKeyFile(file, await readSecret(run, secret)), 'imported');
};

/** `atoma wallet list` */
export const list: Handler<Record<never, never>> = async (run) => {
  const { wallets } = run.settings.home;
  const own = await Promise.all(
    walletNames(wallets).map(async (name) => {
      const { address, scheme } = await sdk.describeKeyFile(walletFile(wallets, name));
      return { name, address, scheme, keeper: 'atoma' };
    }),
  );
  const wallet = await suiWalletOf(run.settings);
  if (wallet && !wallet.hasKeystore)
    run.note(`note: the keystore ${wallet.keystorePath}, which ${wallet.configPath} names, does not exist`);
  const sui = (wallet?.accounts ?? []).map((account) => ({
    name: sdk.suiAccountName(account),
    address: account.address,
    scheme: account.scheme,
    keeper: 'sui',
  }));
  const active = await activeNetwork(run.settings)
    .then((network) => activeWallet(run.settings, network))
    .catch(() => undefined);
  const known = [...own, ...sui].map((one) => ({
    ...one,
    active: one.address === active?.address && one.keeper === active?.keeper,
  }));
  return {
    data: { wallets: known },
    lines: (paint) =>
      known.length === 0
        ? ['no wallets yet: `atoma wallet new` makes one']
        : tableLines(
            paint,
            ['', 'wallet', 'address', 'scheme', 'kept by'],
            known.map((one) => [one.active ? '*' : ' ', one.name, one.address, one.scheme, one.keeper]),
          ),
  };
};

/** `atoma wallet use` */
export const use: Handler<typeof specs.walletNameFlags> = async (run, { name }) => {
  const wallet = await namedWallet(run.settings, name);
  writeUserConfig(run.settings.home.config, 'wallet', wallet.name);
  return {
    data: { name: wallet.name, address: wallet.address },
    short: wallet.address,
    lines: () => [`commands now sign with ${wallet.name} (${wallet.address})`],
  };
};

/** `atoma wallet address` */
export const address: Handler<Record<never, never>> = async (run) => {
  const wallet = await activeWallet(run.settings, await activeNetwork(run.settings));
  return { data: { name: wallet.name, address: wallet.address }, short: wallet.address, lines: () => [wallet.address] };
};

const badgeData = (badges: readonly sdk.Badge[]) =>
  badges.map((badge) => ({ badge_id: badge.badgeId, small_id: Number(badge.smallId) }));

/** Coins of an address where no contract of this program is; TOMA only where an older one is known. */
const bareBalance = async ({ chain, wallet, older }: BareSession, owner = wallet?.address): Promise<Report> => {
  if (owner === undefined) throw cliError('NO_WALLET', { what: 'in use' });
  const amountOf = async (coinType?: string) =>
    BigInt((await chain.client.getBalance({ owner, ...given({ coinType }) })).balance.balance);
  const [sui, toma] = await answerOf(chain, Promise.all([amountOf(), older ? amountOf(sdk.tomaType(older)) : null]));
  const why = older ? 'the contract known here is an older one' : 'no contract is recorded here';
  return {
    data: { owner, toma, sui, task_badges: [], node_badges: [], stack_badges: [], manager_badges: [] },
    short: String(toma ?? sui),
    lines: (paint) => [
      owner,
      ...rowLines(paint, [
        ...(toma === null ? [] : [['TOMA', `${formatAmount(toma)} (the older contract’s coin)`] as const]),
        ['SUI', formatAmount(sui, 'SUI')],
        ['badges', `not looked for: ${why} (\`atoma publish\` brings the present one)`],
      ]),
    ],
  };
};

/** `atoma wallet balance` */
export const balance: Handler<typeof specs.walletBalanceFlags> = async (run, { owner }) => {
  const there = await openWhatIsThere(run);
  if (there.kind === 'bare') return bareBalance(there, owner);
  const { atoma } = owner === undefined && !there.wallet ? await openSession(run, 'wallet') : there;
  const whose = given({ owner });
  const [balances, tasks, nodes, stacks, managers] = await Promise.all([
    sdk.getBalances(atoma, whose),
    sdk.listTaskBadges(atoma, whose),
    sdk.listNodeBadges(atoma, whose),
    sdk.listStackBadges(atoma, whose),
    sdk.listManagerBadges(atoma, whose),
  ]);
  const badges = [
    ...tasks.map((badge) => [`task ${badge.smallId}`, badge.badgeId] as const),
    ...nodes.map((badge) => [`node ${badge.smallId}`, badge.badgeId] as const),
    ...stacks.map((badge) => [`stack ${badge.smallId}`, badge.badgeId] as const),
    ...managers.map((id) => ['manager', id] as const),
  ];
  return {
    data: {
      owner: balances.owner,
      toma: balances.toma,
      sui: balances.sui,
      task_badges: badgeData(tasks),
      node_badges: badgeData(nodes),
      stack_badges: badgeData(stacks),
      manager_badges: managers,
    },
    short: String(balances.toma),
    lines: (paint) => [
      balances.owner,
      ...rowLines(paint, [
        ['TOMA', formatAmount(balances.toma)],
        ['SUI', formatAmount(balances.sui, 'SUI')],
      ]),
      ...(badges.length === 0 ? [] : ['', ...tableLines(paint, ['badge', 'object'], badges)]),
    ],
  };
};

/** `atoma wallet faucet` */
export const faucet: Handler<typeof specs.walletFaucetFlags> = async (run, { amount }) => {
  const chain = await openChain(run);
  const wallet = await activeWallet(run.settings, chain.network);
  const got = await requestSui(chain, wallet.address, amount);
  const text = got.amount === null ? 'SUI' : formatAmount(got.amount, 'SUI');
  return {
    data: { address: wallet.address, amount: got.amount, digest: got.digest },
    short: got.digest ?? '',
    lines: () => [`${text} sent to ${wallet.address}`],
  };
};

/** `atoma wallet export` */
export const exportKey: Handler<typeof specs.walletExportFlags> = async (run, { yes }) => {
  const wallet = await activeWallet(run.settings, await activeNetwork(run.settings));
  const sure = await ask(
    { ...run, common: { ...run.common, yes } },
    `Print the private key of ${wallet.name} (${wallet.address})?`,
  );
  if (!sure) throw cliError('NOT_CONFIRMED');
  const secret = sdk.exportSecret(wallet.signer);
  return { data: { name: wallet.name, address: wallet.address, secret }, short: secret, lines: () => [secret] };
};
