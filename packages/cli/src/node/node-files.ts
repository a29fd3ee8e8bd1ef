/** The files of a node below the home directory. */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeConfig, nodeError, parseNodeConfig } from '@atoma/node';
import { parse } from 'yaml';
import { type Market, marketName } from '../buyer/market-files.ts';
import type { Settings } from '../config/settings.ts';

/** Where a node keeps what. */
export interface NodeFiles {
  readonly directory: string;
  readonly config: string;
  readonly token: string;
  /** One database for each market; one of earlier versions, kept by the network's name, becomes it. */
  readonly database: (network: string, market: Market) => string;
}

/** The files of this home directory. */
export const nodeFiles = (settings: Settings): NodeFiles => {
  const directory = join(settings.home.directory, 'node');
  return {
    directory,
    config: join(directory, 'node.yaml'),
    token: join(directory, 'operator.token'),
    database: (network, market) => {
      const [old, now] = [`${network.replace(/[^\w.-]/g, '_')}.db`, `${marketName(market)}.db`].map((name) =>
        join(directory, name),
      ) as [string, string];
      if (existsSync(old) && !existsSync(now))
        for (const end of ['', '-wal', '-shm', '-commits']) if (existsSync(old + end)) renameSync(old + end, now + end);
      return now;
    },
  };
};

/** Reads the configuration; without a file the defaults hold. Throws `NODE_CONFIG`. */
export const readNodeConfig = (files: NodeFiles): NodeConfig => {
  if (!existsSync(files.config)) return parseNodeConfig({}, files.config);
  try {
    return parseNodeConfig(parse(readFileSync(files.config, 'utf8')), files.config);
  } catch (error) {
    if ((error as { code?: string }).code === 'NODE_CONFIG') throw error;
    throw nodeError('CONFIG', { why: (error as Error).message.split('\n')[0] ?? '', where: files.config }, error);
  }
};
