import { backupCommands } from '../backup/spec.ts';
import { docsCommands } from '../docs/spec.ts';
import { group } from '../kernel/command.ts';
import { moveGroup } from './move/spec.ts';
import { programCommands } from './program/spec.ts';
import { attestGroup } from './specs/attest.ts';
import { benchCommands } from './specs/bench.ts';
import { buyerCommands } from './specs/buyer.ts';
import { calibrateCommands } from './specs/calibrate.ts';
import { chainGroup } from './specs/chain.ts';
import { configGroup } from './specs/config.ts';
import { demoCommands } from './specs/demo.ts';
import { disputeCommands } from './specs/dispute.ts';
import { economicsCommands } from './specs/economics.ts';
import { gatewayGroup } from './specs/gateway.ts';
import { labGroup } from './specs/lab.ts';
import { ledgerCommands } from './specs/ledger.ts';
import { managerCommands } from './specs/manager.ts';
import { mcpCommands } from './specs/mcp.ts';
import { moneyCommands } from './specs/money.ts';
import { networkGroup } from './specs/network.ts';
import { nodeCommands } from './specs/node.ts';
import { payCommands } from './specs/pay.ts';
import { publishCommands } from './specs/publish.ts';
import { reconcileCommands } from './specs/reconcile.ts';
import { rowGroups } from './specs/rows.ts';
import { settlementCommands } from './specs/settlement.ts';
import { stackCommands } from './specs/stack.ts';
import { stackProofGroup } from './specs/stack-proof.ts';
import { taskCommands } from './specs/task.ts';
import { tomaGroup } from './specs/toma.ts';
import { toolCommands } from './specs/tools.ts';
import { upCommands } from './specs/up.ts';
import { walletGroup } from './specs/wallet.ts';

/** Every command of the program. */
export const root = group(
  'Atoma: a market for AI compute on Sui. Works at once on a ledger inside the program; no set-up.',
  {
    ...upCommands,
    ...demoCommands,
    toma: tomaGroup,
    db: group('Transactions on the market.', {
      ...taskCommands,
      ...nodeCommands,
      ...stackCommands,
      ...settlementCommands,
      ...disputeCommands,
      ...managerCommands,
    }),
    ...rowGroups,
    ...buyerCommands,
    gateway: gatewayGroup,
    ...mcpCommands,
    ...payCommands,
    ...moneyCommands,
    ...reconcileCommands,
    ...ledgerCommands,
    move: moveGroup,
    ...economicsCommands,
    lab: labGroup,
    attest: attestGroup,
    'stack-proof': stackProofGroup,
    chain: chainGroup,
    ...publishCommands,
    wallet: walletGroup,
    network: networkGroup,
    config: configGroup,
    ...calibrateCommands,
    ...benchCommands,
    ...backupCommands,
    ...docsCommands,
    ...programCommands,
    ...toolCommands,
  },
);

/** First lines of the program's help. */
export const rootExamples: readonly string[] = [
  'up',
  'demo',
  'toma faucet --amount 100TOMA',
  'db create-task-entry --role 0 --model-name "meta-llama/Llama-3.1-8B-Instruct" --security-level 1 --minimum-reputation-score 50',
];
