/**
 * Where a buyer's files lie. A journal belongs to one wallet on one market of one chain, whatever name the network has today, and so
 * do the books of a gateway: a chain that was made anew has files of its own.
 */
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAtomaError } from '@atoma/base';
import type { Deployment } from '@atoma/sdk';
import { fileName, makePrivateDirectory } from '../config/home.ts';
import type { Network } from '../config/networks.ts';
import type { Settings } from '../config/settings.ts';
import type { Run } from '../kernel/command.ts';

/** What tells one market from every other. */
export type Market = Pick<Deployment, 'chainId' | 'originalPackageId'>;

/** A directory name for a market: the chain's identifier and the beginning of the package id. */
export const marketName = ({ chainId, originalPackageId }: Market): string =>
  fileName(`${chainId ?? 'unknown'}-${originalPackageId.slice(2, 10)}`);

/** The directory of the buyers of a market. */
const buyerDirectory = (settings: Settings, market: Market): string =>
  join(settings.home.directory, 'buyer', marketName(market));

/** The directory of a market's gateway. */
const gatewayDirectory = (settings: Settings, market: Market): string =>
  join(settings.home.directory, 'gateway', marketName(market));

/** The journal of a wallet on a market. */
export const journalFile = (settings: Settings, market: Market, address: string): string =>
  join(buyerDirectory(settings, market), `${address}.sqlite`);

/** {@link journalFile}; a journal of earlier versions, kept by the network's name, is set aside with a line. */
export const walletJournal = (run: Run, network: Network, market: Market, address: string): string => {
  const { settings } = run;
  const old = join(settings.home.directory, 'buyer', fileName(network.name), `${address}.sqlite`);
  if (existsSync(old)) {
    const aside = `${old}.old`;
    for (const end of ['', '-wal', '-shm', '-intents']) if (existsSync(old + end)) renameSync(old + end, aside + end);
    run.note(`note: an earlier version's journal of this wallet is set aside: ${aside}`);
  }
  return journalFile(settings, market, address);
};

/** {@link gatewayDirectory}; books of earlier versions, kept by the network's name, go with it. */
export const ownGatewayDirectory = (settings: Settings, network: Network, market: Market): string => {
  const [old, now] = [
    join(settings.home.directory, 'gateway', fileName(network.name)),
    gatewayDirectory(settings, market),
  ];
  if (existsSync(old) && !existsSync(now)) {
    makePrivateDirectory(dirname(now));
    renameSync(old, now);
  }
  return now;
};

/** Whether the market could not be asked for: its files may lie here all the same. */
const isAway = (error: unknown): error is Error =>
  isAtomaError(error) && /^(NETWORK_UNREACHABLE|UP_NOT_RUNNING|CLI_UNREACHABLE|CLI_NO_DEPLOYMENT)$/.test(error.code);

/**
 * A file of the active market; where that cannot be reached and nothing about it is recorded, the file of this name below `kind` that was
 * written last, with a line that says so. Throws what `find` throws where there is none.
 */
export const fileOfMarket = async (
  run: Run,
  kind: 'buyer' | 'gateway',
  find: () => Promise<string>,
  name: () => Promise<string>,
): Promise<string> => {
  try {
    return await find();
  } catch (error) {
    if (!isAway(error)) throw error;
    const above = join(run.settings.home.directory, kind);
    const wanted = await name();
    const [last] = (existsSync(above) ? readdirSync(above) : [])
      .map((market) => join(above, market, wanted))
      .filter((path) => existsSync(path))
      .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    if (last === undefined) throw error;
    run.note(`note: ${error.message.replace(/\.$/, '')}; this is what was used last: ${last}`);
    return last;
  }
};
