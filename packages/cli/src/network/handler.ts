import { addSuiWalletEnv } from '@atoma/sdk';
import { recordOf } from '../chain/deployments.ts';
import { suiWalletOf } from '../chain/wallets.ts';
import { addNetwork, listNetworks, type Network } from '../config/networks.ts';
import { writeUserConfig } from '../config/settings.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { tableLines } from '../kernel/lines.ts';
import type { networkAddFlags, networkNameFlags } from './flags.ts';

const shown = (run: Run, network: Network) => {
  const record = recordOf(run.settings, network);
  return {
    name: network.name,
    kind: network.kind,
    url: network.url ?? null,
    origin: network.origin,
    active: network.name === run.settings.network.value,
    package_id: record?.packageId ?? null,
    generation: record?.generation ?? null,
  };
};

/** `atoma network list` */
export const list: Handler<Record<never, never>> = async (run) => {
  const networks = (await listNetworks(run.settings)).map((network) => shown(run, network));
  const contract = (one: (typeof networks)[number]) =>
    one.generation === 'older' ? 'older generation' : one.package_id ? 'recorded' : '-';
  return {
    data: { networks },
    lines: (paint) =>
      tableLines(
        paint,
        ['', 'network', 'address', 'contract', 'from'],
        networks.map((one) => [
          one.active ? '*' : ' ',
          one.name,
          one.url ?? 'inside the program',
          contract(one),
          one.origin,
        ]),
      ),
  };
};

/** `atoma network use` */
export const use: Handler<typeof networkNameFlags> = async (run, { name }) => {
  const known = await listNetworks(run.settings);
  const network = known.find((one) => one.name === name);
  if (!network) throw cliError('UNKNOWN_NETWORK', { name, known: known.map((one) => one.name).join(', ') });
  writeUserConfig(run.settings.home.config, 'network', name);
  const record = recordOf(run.settings, network);
  if (record?.generation === 'older')
    run.note(
      `note: the contract recorded for ${name} is an older generation; publish the present one with \`atoma publish --network ${name}\``,
    );
  return {
    data: { name, url: network.url ?? null },
    short: name,
    lines: () => [`commands now work on ${name}${network.url ? ` at ${network.url}` : ''}`],
  };
};

const checkUrl = (url: string): void => {
  const refuse = (why: string) =>
    cliError('BAD_VALUE', { flag: '--url', why, hint: 'For example http://127.0.0.1:9000.' });
  const parsed = /^https?:\/\/\S+$/.test(url) ? URL.parse(url) : null;
  if (!parsed) throw refuse(`"${url}" is not an http(s) address.`);
  if (parsed.username !== '' || parsed.password !== '')
    throw refuse('an address with a name or password cannot be called.');
};

/** `atoma network add` */
export const add: Handler<typeof networkAddFlags> = async (run, { name, url, sui }) => {
  checkUrl(url);
  if (name === 'embedded' || !/^[\w.-]+$/.test(name))
    throw cliError('BAD_VALUE', {
      flag: 'NAME',
      why: `"${name}" cannot name a network.`,
      hint: 'Use letters, digits, dots and dashes; embedded is taken.',
    });
  addNetwork(run.settings, name, url);
  const wallet = sui ? await suiWalletOf(run.settings) : undefined;
  if (sui && !wallet) throw cliError('NO_WALLET', { what: 'of the Sui tool (no client.yaml)' });
  if (wallet) await addSuiWalletEnv(wallet, { alias: name, rpc: url });
  return { data: { name, url }, short: name, lines: () => [`network ${name} is at ${url}`] };
};
