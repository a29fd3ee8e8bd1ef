import { isAtomaError } from '@atoma/base';
import { type Atoma, createAtoma, type Deployment } from '@atoma/sdk';
import type { Network } from '../config/networks.ts';
import type { Run } from '../kernel/command.ts';
import { type Chain, openChain } from './chain.ts';
import { activeDeployment, recordOf } from './deployments.ts';
import { type ActiveWallet, activeWallet } from './wallets.ts';

/** A chain, the market on it and the wallet that acts. */
export interface Session {
  readonly chain: Chain;
  readonly atoma: Atoma;
  readonly wallet: ActiveWallet | undefined;
}

/** Opens chain, deployment and wallet for a command; `open` says how the chain is opened. Reading works without a wallet. */
export const openSession = async (
  run: Run,
  needs: 'wallet' | 'reading',
  open: (run: Run) => Promise<Chain> = openChain,
): Promise<Session> => {
  const chain = await open(run);
  const deployment = await activeDeployment(run.settings, chain);
  createAtoma({ client: chain.client, deployment }); // an older generation is refused before a wallet is looked for
  const wallet = await activeWallet(run.settings, chain.network).catch((error: unknown) => {
    if (needs === 'reading' && run.settings.get('wallet').value === undefined) return undefined;
    throw error;
  });
  const atoma = createAtoma({ client: chain.client, deployment, ...(wallet ? { signer: wallet.signer } : {}) });
  return { chain, atoma, wallet };
};

/** What can be looked at where no contract of this program is: a chain, a wallet, and an older deployment if one is known. */
export interface BareSession {
  readonly kind: 'bare';
  readonly chain: Chain;
  readonly wallet: ActiveWallet | undefined;
  readonly older: Deployment | undefined;
}

/** {@link openSession} for reading, or what there is without a contract of this program's. */
export const openWhatIsThere = async (run: Run): Promise<({ readonly kind: 'market' } & Session) | BareSession> => {
  const chain = await openChain(run);
  const found = await activeDeployment(run.settings, chain).catch((error: unknown) => {
    if (isAtomaError(error, 'CLI_NO_DEPLOYMENT')) return undefined;
    throw error;
  });
  if (found?.generation === 'current')
    return { kind: 'market', ...(await openSession(run, 'reading', async () => chain)) };
  const wallet = await activeWallet(run.settings, chain.network).catch((error: unknown) => {
    if (run.settings.get('wallet').value === undefined) return undefined;
    throw error;
  });
  return { kind: 'bare', chain, wallet, older: found };
};

/** The market of a network, from its record where there is one: the chain is asked only where nothing is recorded. */
export const marketOf = async (run: Run, network: Network): Promise<Deployment> =>
  (run.settings.get('package').value === undefined ? recordOf(run.settings, network) : undefined) ??
  (await openSession(run, 'reading')).atoma.deployment;
