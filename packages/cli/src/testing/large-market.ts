/** A market with many open stacks and transactions, which is made once and can be kept. */
import { chainState, fundAddress } from '@atoma/localnet';
import {
  acquireStack,
  createTask,
  executedResult,
  faucet,
  getConfig,
  registerNode,
  subscribeNodeToTask,
  topUpCollateral,
  type WriteOutcome,
} from '@atoma/sdk';
import { openTestMarket, type TestMarket } from '../../../sdk/src/testing/market.ts';

/** What there is to be in it. */
interface LargeMarket {
  readonly stacks: number;
  readonly transactions: number;
  /** Where it is kept; what an earlier run made there is completed. Without it the market lives in memory. */
  readonly directory?: string | undefined;
}

const TOMA = 1_000_000_000n;
const SUI = 1_000_000_000n;
/** Base units; a thousand units are just worth a jury. */
const PRICE = 20_000n;
const UNITS = 1_000n;
const STRANGER = 'ab'.repeat(32);

const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> => executedResult(await outcome);

/** One task, one node that serves it, one buyer; thousands of open stacks and as many transfers as are missing. */
export const openLargeMarket = async ({ stacks, transactions, directory }: LargeMarket): Promise<TestMarket> => {
  const market = await openTestMarket('scale', { directory });
  const [node, buyer] = [market.actor(), market.actor()];
  const made = async (): Promise<number> => Number((await getConfig(buyer)).next.stack) - 1;
  if ((await made()) === 0) {
    for (const who of [node, buyer]) {
      for (let i = 0; i < 4; i++) {
        await done(faucet(who, { amount: 1_000n * TOMA }));
        market.nextEpoch();
      }
      for (let i = 0; i < 50; i++) fundAddress(market.ledger, String(who.sender).slice(2), 100n * SUI);
    }
    await done(createTask(buyer, { role: 0, modelName: 'm', securityLevel: 0 }));
    await done(registerNode(node, {}));
    await done(topUpCollateral(node, { amount: 3_000n * TOMA }));
    await done(
      subscribeNodeToTask(node, { taskSmallId: 1, pricePerComputeUnit: PRICE, maxNumComputeUnits: 1_000_000n }),
    );
  }
  const purchase = { taskSmallId: 1, numComputeUnits: UNITS, pricePerComputeUnit: PRICE, allowUnchecked: true };
  for (let i = await made(); i < stacks; i++) await done(acquireStack(buyer, purchase));
  // a purchase is two transactions in one checkpoint: the ledger's randomness goes before it
  while (chainState(market.ledger).checkpoint + stacks < transactions) fundAddress(market.ledger, STRANGER, 1n);
  return market;
};
