/** The checks of `node doctor`. Each tells what is well or what to do. */

import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { connectionFault } from '@atoma/base';
import { createBuiltinEngine, fileModels, type NodeConfig, readModelFile, serverModels } from '@atoma/node';
import {
  type Atoma,
  formatAmount,
  getBalances,
  getNode,
  getSubscription,
  listNodeBadges,
  listTasks,
  type Node,
  quotePurchase,
  record,
  type Task,
  verifyDeployment,
} from '@atoma/sdk';
import { grouped } from '../kernel/lines.ts';
import { version } from '../kernel/version.ts';
import { attempt, type Check, check } from './doctor-check.ts';

const keyCheck = (atoma: Atoma): Check => {
  const scheme = atoma.signer?.getKeyScheme() ?? 'none';
  return check(
    'key',
    scheme === 'ED25519',
    scheme === 'ED25519' ? `ed25519, ${atoma.sender}` : `the wallet key is ${scheme}; receipts need an ed25519 key`,
  );
};

/** Models this node can serve, with the profile each has. */
const servedModels = async (config: NodeConfig): Promise<ReadonlyMap<string, string | null>> => {
  const demo = config.demo_models ? await createBuiltinEngine().models() : [];
  const files = await Promise.all(
    fileModels(config).map(async ({ file, name }) => ({
      name: name ?? readModelFile(file).name,
      profile: null,
    })),
  );
  return new Map([...demo, ...files, ...serverModels(config)].map(({ name, profile }) => [name, profile]));
};

/** What settling, attesting, judging and claiming take of gas in some weeks, base units of SUI. */
const GAS = 100_000_000n;

const gasCheck = async (atoma: Atoma): Promise<Check> => {
  const { sui, owner } = await getBalances(atoma);
  const enough = sui >= GAS;
  const said = `${formatAmount(sui, 'SUI')} for gas`;
  return check(
    'gas',
    enough,
    enough
      ? said
      : `${said}, and settling takes some: \`atoma wallet faucet\` where there is a faucet, else send ${formatAmount(GAS, 'SUI')} to ${owner}`,
  );
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

const REACH_MS = 5_000;

/** Whether buyers find this node at its address; nothing has to answer while it does not run. */
const reachCheck = async (url: string, node: bigint): Promise<Check> => {
  const title = 'reachable';
  const answer = await fetch(`${url.replace(/\/$/, '')}/v1/node`, { signal: AbortSignal.timeout(REACH_MS) }).catch(
    (error: unknown) => connectionFault(error) ?? (error as Error).message,
  );
  if (typeof answer === 'string')
    return check(
      title,
      true,
      `not now (${answer}): well while the node does not run; when it does, open the way to ${url}`,
    );
  const said = record(await answer.json().catch(() => ({})));
  return String(said.node) === String(node)
    ? check(title, true, `node ${node} answers at ${url}`)
    : check(
        title,
        false,
        `something else answers at ${url} (status ${answer.status}); correct url in node.yaml, or stop it`,
      );
};

const addressChecks = async (url: string, node: bigint, config: NodeConfig): Promise<readonly Check[]> => {
  if (url === '')
    return [check('address', false, 'none is announced: set url in node.yaml, or `atoma node setup --url URL`')];
  if (!url.startsWith('https://') && !config.allow_private_nodes)
    return [
      check('address', false, `${url} is not https, and buyers refuse it: put a TLS proxy in front and announce that`),
    ];
  return [check('address', true, url), await reachCheck(url, node)];
};

/** Whether the stake carries the largest stack the node offers on each task. */
const stakeChecks = async (atoma: Atoma, node: Node): Promise<readonly Check[]> => {
  const checks: Check[] = [];
  for (const task of (await listTasks(atoma)).filter(({ deprecatedEpoch }) => deprecatedEpoch === null)) {
    const { taskSmallId } = task;
    const offer = await getSubscription(atoma, { taskSmallId, nodeSmallId: node.nodeSmallId });
    if (!offer) continue;
    const title = `stake for task ${taskSmallId}`;
    const { pricePerComputeUnit, maxNumComputeUnits: numComputeUnits } = offer;
    const { bond } = await quotePurchase(atoma, { taskSmallId, numComputeUnits, pricePerComputeUnit });
    const missing = bond - node.freeStake;
    const what = `the largest stack offered (${grouped(numComputeUnits)} units, level ${task.securityLevel}) takes a bond of ${formatAmount(bond)}`;
    if (node.reputation < task.minimumReputationScore)
      checks.push(
        check(
          title,
          false,
          `the task asks for a reputation of ${task.minimumReputationScore}, and the node has ${node.reputation}: serve another task`,
        ),
      );
    else if (missing > 0n)
      checks.push(
        check(
          title,
          false,
          `${what}, and ${formatAmount(node.freeStake)} is free: \`atoma db top-up-collateral --amount ${formatAmount(missing).replaceAll(/[ ,]/g, '')}\`, or offer less with \`atoma db update-node-subscription\``,
        ),
      );
    else checks.push(check(title, true, `${what}; ${formatAmount(node.freeStake)} is free`));
  }
  return checks.length > 0
    ? checks
    : [check('tasks', false, 'the node serves no task: `atoma node setup`, or `atoma db subscribe-node-to-task`')];
};

const nodeChecks = async (atoma: Atoma, config: NodeConfig): Promise<readonly Check[]> => {
  const badges = await listNodeBadges(atoma);
  const badge = config.node === null ? badges[0] : badges.find(({ smallId }) => smallId === BigInt(config.node ?? 0));
  if (!badge)
    return [
      check('node', false, 'the wallet holds no such NodeBadge: `atoma node setup`, or `atoma db register-node`'),
    ];
  const node = await getNode(atoma, { nodeSmallId: badge.smallId });
  return [
    check('node', node.disabledEpoch === null, `node ${badge.smallId}, reputation ${node.reputation}`),
    check(
      'receipts',
      node.owner === atoma.sender,
      node.owner === atoma.sender ? 'signed by this wallet' : 'the first run refreshes the recorded owner',
    ),
    ...(await addressChecks(config.url ?? node.url, badge.smallId, config)),
    ...(await attempt('stake', () => stakeChecks(atoma, node))),
  ];
};

/** Difference to the time of a checkpoint above which a daemon takes no work, ms. */
const CLOCK_TOLERANCE_MS = 30_000;

const clockChecks = async (atoma: Atoma, config: NodeConfig): Promise<readonly Check[]> => {
  if (!config.clock_check) return [check('clock', true, 'not compared (clock_check: false)')];
  const { timestamp } = (await atoma.client.ledgerService.getServiceInfo({})).response;
  const offset = timestamp ? Date.now() - Number(timestamp.seconds) * 1_000 : 0;
  const ok = Math.abs(offset) <= CLOCK_TOLERANCE_MS;
  const said = `${Math.round(Math.abs(offset) / 1_000)} s ${offset < 0 ? 'behind' : 'ahead of'} the chain`;
  return [check('clock', ok, ok ? said : `${said}: set it (for example \`timedatectl set-ntp true\`)`)];
};

const contractChecks = async (atoma: Atoma): Promise<readonly Check[]> => {
  const { ok, checks } = await verifyDeployment({ client: atoma.client, deployment: atoma.deployment });
  const wrong = checks.filter((one) => !one.ok).map(({ name, detail }) => `${name} (${detail})`);
  return [
    check(
      'contract',
      ok,
      ok
        ? `as shipped, package ${atoma.deployment.packageId}`
        : `not as shipped: ${wrong.join('; ')}; name the market with --package`,
    ),
  ];
};

/** What a node needs that keeps its ledger for some weeks, bytes. */
const DISK_BYTES = 1_073_741_824;

/** Checks of this machine and program. */
export const machineChecks = (directory: string): readonly Check[] => {
  let place = directory;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 22 || (major === 22 && minor >= 13);
  return [
    check(
      'disk',
      free >= DISK_BYTES,
      `${Math.floor(free / 1_048_576)} MiB free at ${place}${free >= DISK_BYTES ? '' : ': a node needs 1024 MiB; make room, or move ATOMA_HOME'}`,
    ),
    check(
      'versions',
      fits,
      `atoma ${version()}, Node ${process.versions.node}${fits ? '' : ': Node 22.13 or newer is needed'}`,
    ),
  ];
};

/** Every check that needs the chain; each is made, whatever the others found. */
export const chainChecks = async (atoma: Atoma, config: NodeConfig): Promise<readonly Check[]> => [
  keyCheck(atoma),
  ...(await attempt('gas', async () => [await gasCheck(atoma)])),
  ...(await attempt('contract', () => contractChecks(atoma))),
  ...(await attempt('node', () => nodeChecks(atoma, config))),
  ...(await attempt('clock', () => clockChecks(atoma, config))),
  ...(await attempt('tasks', () => profileChecks(atoma, config))),
];
