import { existsSync } from 'node:fs';
import { cliError } from '../kernel/cli-errors.ts';
import { upNetwork } from '../up/name.ts';
import { upError } from '../up/up-errors.ts';
import { runningServer } from './served.ts';
import { changeUserConfig, readUserConfig, type Settings } from './settings.ts';

/** A network by name. `embedded` has no address: its ledger runs inside this process. */
export interface Network {
  readonly name: string;
  readonly kind: 'embedded' | 'localnet' | 'public';
  readonly url: string | undefined;
  /** Where its address comes from: `built in`, `added`, the Sui wallet's file, or a setting. */
  readonly origin: string;
  /** True when it is an environment of the Sui wallet. */
  readonly fromSui: boolean;
}

/** The address a local ledger serves when nothing else is said. */
export const localnetUrl = 'http://127.0.0.1:9000';

const embedded: Network = { name: 'embedded', kind: 'embedded', url: undefined, origin: 'built in', fromSui: false };

/** `localnet` is the ledger that is served from here, at whatever port; else the usual address. */
const localnet = (settings: Settings): Network => {
  const url = runningServer(settings)?.url;
  return {
    name: 'localnet',
    kind: 'localnet',
    url: url ?? localnetUrl,
    origin: url ? 'served now' : 'built in',
    fromSui: false,
  };
};

const builtIn = (settings: Settings): readonly Network[] => [
  embedded,
  localnet(settings),
  ...['devnet', 'testnet', 'mainnet'].map(
    (name): Network => ({
      name,
      kind: 'public',
      url: `https://fullnode.${name}.sui.io:443`,
      origin: 'built in',
      fromSui: false,
    }),
  ),
];

const isLocalUrl = (url: string): boolean => /^https?:\/\/(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(url);

const addedNetworks = (settings: Settings): readonly Network[] =>
  Object.entries(readUserConfig(settings.home.networks)).map(([name, url]) => ({
    name,
    kind: isLocalUrl(url) ? 'localnet' : 'public',
    url,
    origin: 'added',
    fromSui: false,
  }));

/** Where the Sui wallet lies, if it lies anywhere: the setting, `$SUI_CONFIG_DIR`, or `~/.sui/sui_config`. */
export const suiWalletDirectory = (settings: Settings): string | undefined => {
  const path = settings.get('walletPath').value;
  const named =
    path !== undefined && !/\.(key|json)$/.test(path) ? path.replace(/\/?client\.yaml$/, '') || '.' : undefined;
  const home = settings.env.HOME;
  const directory =
    named ?? (settings.env.SUI_CONFIG_DIR || undefined) ?? (home ? `${home}/.sui/sui_config` : undefined);
  return directory !== undefined && existsSync(`${directory}/client.yaml`) ? directory : undefined;
};

const suiNetworks = async (settings: Settings): Promise<readonly Network[]> => {
  const directory = suiWalletDirectory(settings);
  if (directory === undefined) return [];
  const { readSuiConfig } = await import('./sui-wallet.ts');
  return ((await readSuiConfig({ directory }))?.environments ?? []).map(({ alias, rpc }) => ({
    name: alias,
    kind: isLocalUrl(rpc) ? 'localnet' : 'public',
    url: rpc,
    origin: `${directory}/client.yaml`,
    fromSui: true,
  }));
};

/** Every network that can be named: the user's own, the Sui wallet's (but never its `embedded`), then the built-in ones. */
export const listNetworks = async (settings: Settings): Promise<readonly Network[]> => {
  const all = [...addedNetworks(settings), ...(await suiNetworks(settings)), ...builtIn(settings)];
  return all.filter((network, at) => all.findIndex((other) => other.name === network.name) === at);
};

/** The network of this run, its address replaced by the `url` setting where that is given. */
export const activeNetwork = async (settings: Settings): Promise<Network> => {
  const name = settings.network.value;
  if (name === 'embedded') return embedded;
  const own = addedNetworks(settings).find((one) => one.name === name);
  const known = own ? [own] : await listNetworks(settings);
  const network = known.find((one) => one.name === name);
  if (!network && name === upNetwork) throw upError('NOT_RUNNING');
  if (!network) throw cliError('UNKNOWN_NETWORK', { name, known: known.map((one) => one.name).join(', ') });
  const url = settings.get('url');
  return url.value === undefined ? network : { ...network, url: url.value, origin: url.origin };
};

/** Adds a network of the user's own, or changes its address. */
export const addNetwork = (settings: Settings, name: string, url: string): void =>
  changeUserConfig(settings.home.networks, (others) => ({ ...others, [name]: url }));

/** Takes a network of the user's own back. */
export const dropNetwork = (settings: Settings, name: string): void =>
  changeUserConfig(settings.home.networks, ({ [name]: _gone, ...others }) => others);
