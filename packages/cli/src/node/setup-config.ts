/** What `node setup` sells, and the configuration file for it. */

import { existsSync, readFileSync } from 'node:fs';
import { type NodeConfig, nodeConfigExample, parseNodeConfig, serverModels } from '@atoma/node';
import type { Task } from '@atoma/sdk';
import { array, record } from '@atoma/sdk';
import { parseDocument } from 'yaml';
import { writePrivateFile } from '../config/home.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import type { setupFlags } from './flags.ts';
import { nodeFiles } from './node-files.ts';
import type { ListedModel } from './servers.ts';

/** What the flags of `node setup` say. */
export type SetupValues = Parameters<Handler<typeof setupFlags>>[1];

/** One thing to do. */
export interface Step {
  readonly name: string;
  /** What will be done, before it is. */
  readonly what: string;
  /** Does it, and says what was done. */
  readonly act: () => Promise<string>;
}

const DEMO = 'atoma/demo-chat';
const DEFAULT_CONTEXT = 4_096;

/** A model to sell under a name of the market. */
export interface Sale {
  readonly name: string;
  /** Absent: the built-in demo model. */
  readonly listed?: ListedModel;
}

/** The model a task asks for, without the profile it demands. */
export const baseName = (task: Task): string => (task.modelName ?? '').split('@')[0] ?? '';

const chosen = (listed: readonly ListedModel[], { model, upstreamName }: SetupValues): ListedModel => {
  const wanted = upstreamName ?? model;
  const found =
    listed.find(({ id }) => id === wanted) ??
    (upstreamName === undefined && listed.length === 1 ? listed[0] : undefined);
  if (found) return found;
  throw cliError('BAD_VALUE', {
    flag: '--upstream-name',
    why: `no server lists "${wanted}".`,
    hint: `Listed: ${listed.map(({ id, url }) => `${id} (${url})`).join(', ') || 'none; start the server, or name it with --engine URL'}.`,
  });
};

/** What is sold: the model asked for, else what tasks ask for, else all that is listed; for a rehearsal the demo model. */
export const salesOf = (
  listed: readonly ListedModel[],
  tasks: readonly Task[],
  flags: SetupValues,
): readonly Sale[] => {
  if (flags.model === DEMO || (flags.rehearsal && flags.model === undefined)) return [{ name: DEMO }];
  if (flags.model !== undefined) return [{ name: flags.model, listed: chosen(listed, flags) }];
  const asked = listed.filter(({ id }) => tasks.some((task) => baseName(task) === id));
  const sold = asked.length > 0 ? asked : listed;
  if (sold.length > 0) return sold.map((each) => ({ name: each.id, listed: each }));
  throw cliError('NO_ENGINE', { url: 'the usual ports of this machine', why: 'no OpenAI-compatible server answers' });
};

const modelEntry = ({ name, listed }: Sale & { readonly listed: ListedModel }, role: number) => ({
  name,
  ...(listed.id === name ? {} : { upstream_name: listed.id }),
  roles: [role],
  context_length: listed.contextLength ?? DEFAULT_CONTEXT,
  targets: [{ url: listed.url, ...(listed.keyEnv === undefined ? {} : { api_key_env: listed.keyEnv }) }],
});

/** The configuration as it should be: what the file says, with what the flags and the servers add. */
const configText = (path: string, sales: readonly Sale[], flags: SetupValues, local: boolean): string => {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : nodeConfigExample({ rehearsal: flags.rehearsal });
  const document = parseDocument(before);
  const config = parseNodeConfig(document.toJS(), path);
  const known = new Set(serverModels(config).map(({ name }) => name));
  const added = sales.flatMap((sale) =>
    sale.listed && !known.has(sale.name) ? [modelEntry({ ...sale, listed: sale.listed }, flags.role ?? 0)] : [],
  );
  if (added.length > 0) document.set('models', [...array(record(document.toJS()).models), ...added]);
  const set = (name: string, value: unknown): void => {
    if (value !== undefined && document.get(name) !== value) document.set(name, value);
  };
  set('port', flags.port);
  set('operator_port', flags.operatorPort);
  const nowhere = /^(http:\/\/127\.0\.0\.1:\d+)?$/.test(String(document.get('url') ?? ''));
  const here = nowhere && (local || flags.rehearsal) && flags.url === undefined;
  set('url', here ? `http://127.0.0.1:${flags.port ?? config.port}` : flags.url);
  if (here) set('allow_private_nodes', true);
  return document.toString();
};

/**
 * The step that writes the configuration file, none where it says all already, and what it will say. On a `local` ledger a node
 * without an address of its own is announced at this machine's.
 */
export const configStep = (
  run: Run,
  sales: readonly Sale[],
  flags: SetupValues,
  local: boolean,
): { readonly step: readonly Step[]; readonly config: NodeConfig } => {
  const path = nodeFiles(run.settings).config;
  const text = configText(path, sales, flags, local);
  const config = parseNodeConfig(parseDocument(text).toJS(), path);
  const now = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (text === now) return { step: [], config };
  const models = serverModels(config).map(
    ({ name, targets }) => `${name} from ${targets.map(({ url }) => url).join(', ')}`,
  );
  const what = `${now === undefined ? 'write' : 'change'} ${path}: port ${config.port}, announced as ${config.url ?? 'nothing'}, ${models.join('; ') || 'the demo models'}`;
  const act = async (): Promise<string> => {
    writePrivateFile(path, text);
    return `${path} is ${now === undefined ? 'written' : 'changed'}`;
  };
  return { step: [{ name: 'config', what, act }], config };
};
