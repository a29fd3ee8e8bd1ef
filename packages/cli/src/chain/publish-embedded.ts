/** The shipped packages on a ledger of this program, the faucet switched on. */
import { type Deployment, publishAtoma } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import type { SuiGrpcClient } from '@mysten/sui/grpc';

/** MIST a transaction that publishes may spend: with it each package is verified once, not in two simulations too. */
const PUBLISH_BUDGET = 20_000_000_000n;

/** Publishes them. Throws `DEPLOYMENT_*`, `NETWORK_*`. */
export const publishEmbedded = async (client: SuiGrpcClient, signer: Signer): Promise<Deployment> =>
  (await publishAtoma({ client, signer, network: 'embedded', enableFaucet: true, gasBudget: PUBLISH_BUDGET }))
    .deployment;
