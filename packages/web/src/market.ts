/** The chain as the pages read it: Sui's own client over gRPC-web, and the SDK's reads. Loaded after the first page is shown. */

import { createAtoma, decodeDeployment } from '@atoma/sdk';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import type { Site } from './site.ts';

export {
  computeCommitment,
  describeEvent,
  epochText,
  eventKinds,
  evidenceDeadline,
  findDispute,
  findNode,
  findNodesBefore,
  findStack,
  findStackBefore,
  findTicket,
  formatAmount,
  getConfig,
  getEpoch,
  getNode,
  getStackHistory,
  getTask,
  getTransaction,
  listDisputes,
  listEvents,
  listNewestStacks,
  listNodes,
  listObjectTransactions,
  listSubscriptions,
  listTasks,
  listTickets,
  mayReveal,
  mayShow,
  needsSecondJury,
  outcomeName,
  readLockedMoney,
  readNodeMoney,
  readTomaSupply,
  roleName,
  searchNodes,
  searchTasks,
  securityLevelName,
  spanText,
  tomaType,
} from '@atoma/sdk';

/** Opens the market of a site; nobody acts in it. */
export const openMarket = (site: Site) => {
  const network = site.network as 'localnet';
  return createAtoma({
    client: new SuiGrpcClient({ network, baseUrl: site.ledger }),
    deployment: decodeDeployment(site.deployment),
  });
};
