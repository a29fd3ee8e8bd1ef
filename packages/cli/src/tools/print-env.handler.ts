import { openSession } from '../chain/session.ts';
import type { Handler } from '../kernel/command.ts';
import type { printEnvFlags } from './flags.ts';

const writings = {
  sh: (name: string, value: string) => `export ${name}=${value}`,
  fish: (name: string, value: string) => `set -gx ${name} ${value}`,
  dotenv: (name: string, value: string) => `${name}=${value}`,
} as const;

/** `atoma print-env` */
export const printEnv: Handler<typeof printEnvFlags> = async (run, { shell = 'sh' }) => {
  const { atoma, wallet, chain } = await openSession(run, 'reading');
  const { packageId, dbId, tomaPackageId, managerBadgeId } = atoma.deployment;
  const all = {
    ATOMA_NETWORK: chain.network.name,
    ATOMA_PACKAGE_ID: packageId,
    ATOMA_DB_ID: dbId,
    TOMA_PACKAGE_ID: tomaPackageId,
    MANAGER_BADGE_ID: managerBadgeId,
    ATOMA_WALLET: wallet?.name ?? null,
  };
  const variables = Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  const lines = Object.entries(variables).map(([name, value]) => writings[shell](name, value));
  return { data: { variables }, short: lines.join('\n'), lines: () => lines };
};
