/** The checks of `node doctor`. Each tells what is well or what to do. */

import { createBuiltinEngine, fileModels, type NodeConfig, readModelFile, serverModels } from '@atoma/node';
import { type Atoma, getNode, listNodeBadges, listTasks, type Task } from '@atoma/sdk';

/** One check. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const PROBE_MS = 3_000;
const check = (name: string, ok: boolean, detail: string): Check => ({ name, ok, detail });

const keyCheck = (atoma: Atoma): Check => {
  const scheme = atoma.signer?.getKeyScheme() ?? 'none';
  return check(
    'key',
    scheme === 'ED25519',
    scheme === 'ED25519' ? `ed25519, ${atoma.sender}` : `the wallet key is ${scheme}; receipts need an ed25519 key`,
  );
};

const probe = async (url: string): Promise<boolean> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) }).catch(() => undefined);
  return response !== undefined && response.status < 500;
};

const modelChecks = (config: NodeConfig): Promise<readonly Check[]> =>
  Promise.all(
    serverModels(config).flatMap((model) =>
      model.targets.map(async ({ url }) => {
        const ok = await probe(`${url.replace(/\/(v1\/?)?$/, '')}/v1/models`);
        return check(`model ${model.name}`, ok, ok ? `${url} answers` : `${url} does not answer`);
      }),
    ),
  );

/** Models this node can serve, with the profile each has. */
const servedModels = async (config: NodeConfig): Promise<ReadonlyMap<string, string | null>> => {
  const demo = config.demo_models ? await createBuiltinEngine().models() : [];
  const files = await Promise.all(
    fileModels(config).map(async ({ file, name }) => ({
      name: name ?? (await readModelFile(file)).name,
      profile: null,
    })),
  );
  return new Map([...demo, ...files, ...serverModels(config)].map(({ name, profile }) => [name, profile]));
};

const profileCheck = (task: Task, profile: string | null): Check => {
  const [name = '', demanded] = (task.modelName ?? '').split('@');
  const title = `task ${task.taskSmallId}`;
  if (profile === null) return check(title, false, `level 1 needs a reproducible engine; ${name} declares no profile`);
  if (demanded !== undefined)
    return check(title, profile === demanded, `demands the profile ${demanded}; ${name} has ${profile} here`);
  return check(title, true, `warning: it names no profile; ${profile} applies here, other nodes may run another`);
};

const profileChecks = async (atoma: Atoma, config: NodeConfig): Promise<readonly Check[]> => {
  const served = await servedModels(config);
  const sampled = (await listTasks(atoma)).filter((task) => task.securityLevel === 1);
  return sampled.flatMap((task) => {
    const profile = served.get(task.modelName?.split('@')[0] ?? '');
    return profile === undefined ? [] : [profileCheck(task, profile)];
  });
};

const nodeChecks = async (atoma: Atoma, config: NodeConfig): Promise<readonly Check[]> => {
  const badges = await listNodeBadges(atoma);
  const badge = config.node === null ? badges[0] : badges.find(({ smallId }) => smallId === BigInt(config.node ?? 0));
  if (!badge)
    return [check('node', false, 'the wallet holds no such NodeBadge; register with `atoma db register-node`')];
  const node = await getNode(atoma, { nodeSmallId: badge.smallId });
  const url = config.url ?? node.url;
  const announced = url === '' ? 'no address is announced: set url in node.yaml' : url;
  const secure = url.startsWith('https://') || config.allow_private_nodes;
  return [
    check('node', node.disabledEpoch === null, `node ${badge.smallId}, reputation ${node.reputation}`),
    check(
      'receipts',
      node.owner === atoma.sender,
      node.owner === atoma.sender ? 'signed by this wallet' : 'the first run refreshes the recorded owner',
    ),
    check('address', url !== '' && secure, url === '' || secure ? announced : `${url} is not https; buyers refuse it`),
  ];
};

/** Runs all checks. */
export const runChecks = async (atoma: Atoma, config: NodeConfig): Promise<readonly Check[]> => [
  keyCheck(atoma),
  ...(await nodeChecks(atoma, config)),
  ...(await modelChecks(config)),
  ...(await profileChecks(atoma, config)),
];
