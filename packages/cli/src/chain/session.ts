import { type Atoma, createAtoma } from '@atoma/sdk';
import type { Run } from '../kernel/command.ts';
import { type Chain, openChain } from './chain.ts';
import { activeDeployment } from './deployments.ts';
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
