import { type Atoma, createAtoma } from '@atoma/sdk';
import type { Run } from '../kernel/command.ts';
import { cliError } from '../kernel/errors.ts';
import { type Chain, openChain } from './chain.ts';
import { activeDeployment } from './deployments.ts';
import { type ActiveWallet, activeWallet } from './wallets.ts';

/** A chain, the market on it and the wallet that acts. */
export interface Session {
  readonly chain: Chain;
  readonly atoma: Atoma;
  readonly wallet: ActiveWallet | undefined;
}

/** Opens chain, deployment and wallet for a command. Reading works without a wallet. */
export const openSession = async (run: Run, needs: 'wallet' | 'reading'): Promise<Session> => {
  const chain = await openChain(run);
  const wallet = await activeWallet(run.settings, chain.network).catch((error: unknown) => {
    if (needs === 'reading' && run.settings.get('wallet').value === undefined) return undefined;
    throw error;
  });
  const deployment = await activeDeployment(run.settings, chain);
  const atoma = createAtoma({ client: chain.client, deployment, ...(wallet ? { signer: wallet.signer } : {}) });
  return { chain, atoma, wallet };
};

/** The wallet of a session that was opened with one. */
export const walletOf = (session: Session): ActiveWallet => {
  if (!session.wallet) throw cliError('NO_WALLET', { what: `for ${session.chain.network.name}` });
  return session.wallet;
};
