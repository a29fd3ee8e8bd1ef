import { createCommitSignal } from './commits.ts';
import { getPackage, type Ledger, ledgerVm } from './ledger-functions.ts';
import type { RpcContext } from './rpc-context.ts';
import { transactionExecutionService } from './services/execution-service.ts';
import { ledgerService } from './services/ledger-service.ts';
import { movePackageService } from './services/move-package-service.ts';
import { proofService } from './services/proof-service.ts';
import { forkingService, nameService, signatureVerificationService } from './services/small-services.ts';
import { stateService } from './services/state-service.ts';
import { subscriptionService } from './services/subscription-service.ts';
import { createDispatch, type Dispatch } from './transport/dispatch.ts';

/** A ledger's RPC without transport. */
export interface RpcServer {
  readonly dispatch: Dispatch;
  /** Tells streams at once that the chain changed; without it they notice within 25 ms. */
  readonly notify: () => void;
}

/** Everything the RPC serves, over one ledger. */
export const createRpcServer = (ledger: Ledger): RpcServer => {
  const commits = createCommitSignal(ledger);
  const context: RpcContext = {
    ledger,
    get vm() {
      return ledgerVm(ledger);
    },
    packageAt: (id) => getPackage(ledger, id),
    nextCommit: commits.next,
    notifyCommit: commits.notify,
  };
  const dispatch = createDispatch({
    'sui.rpc.v2.LedgerService': () => ledgerService(context),
    'sui.rpc.v2.StateService': () => stateService(context),
    'sui.rpc.v2.TransactionExecutionService': () => transactionExecutionService(context),
    'sui.rpc.v2.MovePackageService': () => movePackageService(context),
    'sui.rpc.v2.SubscriptionService': () => subscriptionService(context),
    'sui.rpc.v2.SignatureVerificationService': signatureVerificationService,
    'sui.rpc.v2.NameService': nameService,
    'sui.rpc.v2alpha.ProofService': () => proofService(context),
    'sui.forking.v1alpha.ForkingService': () => forkingService(context),
  });
  return { dispatch, notify: commits.notify };
};
