/** A setting: how it is named in the config file, as a flag and in the environment. */
export interface SettingKey {
  /** Camel-case name; kebab-case in `atoma config` and as a flag. */
  readonly name: SettingName;
  /** Environment variables in order of precedence; the first two forms are ours, the later ones older tools'. */
  readonly env: readonly string[];
  readonly brief: string;
  readonly fallback?: string;
}

/** Names of all settings. */
export type SettingName =
  | 'network'
  | 'wallet'
  | 'walletPath'
  | 'url'
  | 'package'
  | 'db'
  | 'tomaPackage'
  | 'nodeBadge'
  | 'nodeId'
  | 'managerBadge'
  | 'gasBudget'
  | 'maxCost';

/** All settings, with every name they answer to. */
export const settingKeys: readonly SettingKey[] = [
  { name: 'network', env: ['ATOMA_NETWORK'], brief: 'network to work on', fallback: 'embedded' },
  { name: 'wallet', env: ['ATOMA_WALLET'], brief: 'wallet by name, address or Sui alias' },
  {
    name: 'walletPath',
    env: ['ATOMA_WALLET_PATH', 'WALLET_PATH'],
    brief: 'a Sui client.yaml, its directory, or a key file',
  },
  { name: 'url', env: ['ATOMA_RPC_URL'], brief: 'RPC address of the network' },
  { name: 'package', env: ['ATOMA_PACKAGE', 'ATOMA_PACKAGE_ID'], brief: 'package id of the market' },
  { name: 'db', env: ['ATOMA_DB', 'ATOMA_DB_ID'], brief: 'object id of the AtomaDb' },
  {
    name: 'tomaPackage',
    env: ['ATOMA_TOMA_PACKAGE', 'ATOMA_TOMA_PACKAGE_ID', 'TOMA_PACKAGE_ID'],
    brief: 'package id of the TOMA coin',
  },
  {
    name: 'nodeBadge',
    env: ['ATOMA_NODE_BADGE', 'ATOMA_NODE_BADGE_ID', 'NODE_BADGE_ID'],
    brief: 'badge of the node to act for',
  },
  { name: 'nodeId', env: ['ATOMA_NODE_ID', 'NODE_ID'], brief: 'small id of the node to act for' },
  {
    name: 'managerBadge',
    env: ['ATOMA_MANAGER_BADGE', 'ATOMA_MANAGER_BADGE_ID', 'MANAGER_BADGE_ID'],
    brief: 'manager badge to act with',
  },
  { name: 'gasBudget', env: ['ATOMA_GAS_BUDGET', 'GAS_BUDGET'], brief: 'gas budget in MIST, or like 0.1SUI' },
  { name: 'maxCost', env: ['ATOMA_MAX_COST'], brief: 'most TOMA a call may take, base units, or like 10TOMA' },
];
