/** The files of a node below the home directory. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeConfig, nodeError, parseNodeConfig } from '@atoma/node';
import { parse } from 'yaml';
import type { Settings } from '../../config/settings.ts';

/** Where a node keeps what. */
export interface NodeFiles {
  readonly directory: string;
  readonly config: string;
  readonly token: string;
  /** One database for each network. */
  readonly database: (network: string) => string;
}

/** The files of this home directory. */
export const nodeFiles = (settings: Settings): NodeFiles => {
  const directory = join(settings.home.directory, 'node');
  return {
    directory,
    config: join(directory, 'node.yaml'),
    token: join(directory, 'operator.token'),
    database: (network) => join(directory, `${network.replace(/[^\w.-]/g, '_')}.db`),
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
