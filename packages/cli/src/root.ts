import { attestGroup } from './attest/spec.ts';
import { backupCommands } from './backup/spec.ts';
import { benchCommands } from './bench/spec.ts';
import { buyerCommands } from './buyer/spec.ts';
import { calibrateCommands } from './calibrate/spec.ts';
import { chainGroup } from './chain/spec.ts';
import { configGroup } from './config/spec.ts';
import { demoCommands } from './demo/spec.ts';
import { disputeCommands } from './dispute/spec.ts';
import { docsCommands } from './docs/spec.ts';
import { economicsCommands } from './economics/spec.ts';
import { gatewayGroup } from './gateway/spec.ts';
import { group } from './kernel/command.ts';
import { labGroup } from './lab/spec.ts';
import { ledgerCommands } from './ledger/spec.ts';
import { managerCommands } from './manager/spec.ts';
import { mcpCommands } from './mcp/spec.ts';
import { moneyCommands } from './money/spec.ts';
import { moveGroup } from './move/spec.ts';
import { networkGroup } from './network/spec.ts';
import { payCommands } from './pay/spec.ts';
import { programCommands } from './program/spec.ts';
import { publishCommands } from './publish/spec.ts';
import { reconcileCommands } from './reconcile/spec.ts';
import { nodeCommands } from './registration/spec.ts';
import { rowGroups } from './rows/spec.ts';
import { settlementCommands } from './settlement/spec.ts';
import { stackCommands } from './stack/spec.ts';
import { stackProofGroup } from './stack-proof/spec.ts';
import { taskCommands } from './task/spec.ts';
import { tomaGroup } from './toma/spec.ts';
import { toolCommands } from './tools/spec.ts';
import { upCommands } from './up/spec.ts';
import { walletGroup } from './wallet/spec.ts';

/** Every command of the program. */
export const root = group(
  'Atoma: a market for AI compute on Sui. Runs on a ledger inside the program: nothing to set up.',
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
