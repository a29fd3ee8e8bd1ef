import {
  formatAmount,
  type PublishAtomaResult,
  publishAtoma,
  upgradeAtoma,
  type Verification,
  verifyDeployment,
} from '@atoma/sdk';
import { type Chain, openChain } from '../chain/chain.ts';
import { ask } from '../chain/confirm.ts';
import { foundDeployment, recordedDeployment, saveDeployment } from '../chain/deployments.ts';
import { given } from '../chain/given.ts';
import { activeWallet } from '../chain/wallets.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import { type Row, rowLines } from '../kernel/lines.ts';
import type { publishFlags } from './flags.ts';

const report = (
  headline: string,
  done: Pick<PublishAtomaResult, 'deployment'> & { gas: bigint | null },
  checks: Verification['checks'],
): Report => {
  const { deployment, gas } = done;
  const ids: readonly Row[] = [
    ['package', deployment.packageId],
    ['db', deployment.dbId ?? '-'],
    ['toma package', deployment.tomaPackageId ?? '-'],
    ['faucet', deployment.faucetId ?? '-'],
    ['manager badge', deployment.managerBadgeId ?? '-'],
    ['upgrade cap', deployment.upgradeCapId ?? '-'],
    ...(gas === null ? [] : [['cost', `gas ${formatAmount(gas, 'SUI')}`] as const]),
  ];
  return {
    data: {
      package_id: deployment.packageId,
      db_id: deployment.dbId,
      toma_package_id: deployment.tomaPackageId,
      faucet_id: deployment.faucetId,
      manager_badge_id: deployment.managerBadgeId,
      upgrade_cap_id: deployment.upgradeCapId,
      digests: deployment.digests,
      gas,
      checks: checks.map(({ name, ok, detail }) => ({ name, ok, detail })),
    },
    short: deployment.packageId,
    lines: (paint) => [
      headline,
      ...rowLines(paint, ids),
      ...checks.map(({ name, ok, detail }) => `  ${ok ? paint.green('ok') : paint.red('differs')}  ${name}: ${detail}`),
    ],
  };
};

const requireRecord = async (run: Run, chain: Chain) => {
  const record = await recordedDeployment(run.settings, chain);
  if (!record) throw cliError('NO_DEPLOYMENT', { network: chain.network.name });
  return record;
};

const verify = async (run: Run, chain: Chain): Promise<Report> => {
  const deployment = await requireRecord(run, chain);
  const { ok, checks } = await verifyDeployment({ client: chain.client, deployment });
  if (!ok) {
    const why = checks
      .filter((check) => !check.ok)
      .map(({ name, detail }) => `${name} (${detail})`)
      .join('; ');
    throw cliError('DEPLOYMENT_DIFFERS', { network: chain.network.name, why });
  }
  return report(`the deployment on ${chain.network.name} is as recorded`, { deployment, gas: null }, checks);
};

/** A second market by accident would split tasks, nodes and money between two. */
const refuseSecond = async (run: Run, chain: Chain): Promise<void> => {
  const known = (await recordedDeployment(run.settings, chain)) ?? (await foundDeployment(run.settings, chain));
  if (known?.generation !== 'current') return;
  const { chainIdentifier } = await chain.client.core.getChainIdentifier();
  if (known.chainId === chainIdentifier)
    throw cliError('MARKET_EXISTS', { network: chain.network.name, id: known.packageId });
};

/** `atoma publish` */
export const publish: Handler<typeof publishFlags> = async (run, flags) => {
  const chain = await openChain(run);
  const name = chain.network.name;
  if (flags.verify) return verify(run, chain);
  if (!flags.upgrade && !flags.another) await refuseSecond(run, chain);
  const { signer } = await activeWallet(run.settings, chain.network);
  const asked = { ...run, common: { ...run.common, yes: flags.yes || chain.network.kind !== 'public' } };
  if (!(await ask(asked, `${flags.upgrade ? 'Upgrade' : 'Publish'} the contract on ${name}?`)))
    throw cliError('NOT_CONFIRMED');
  const steps = { onStep: (step: { step: string; digest: string }) => run.note(`${step.step}: ${step.digest}`) };
  const enableFaucet = flags.faucet === undefined ? undefined : flags.faucet === 'on';
  const done = flags.upgrade
    ? await upgradeAtoma({ client: chain.client, signer, deployment: await requireRecord(run, chain), ...steps })
    : await publishAtoma({ client: chain.client, signer, network: name, ...given({ enableFaucet }), ...steps });
  saveDeployment(run.settings, chain, done.deployment);
  return report(flags.upgrade ? `upgraded on ${name}; next: atoma db migrate` : `published on ${name}`, done, []);
};
