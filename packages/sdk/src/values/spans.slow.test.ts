import { expect, test } from 'vitest';
import * as config from '../generated/bindings/atoma/config.ts';
import { readNumbers } from '../internal/views.ts';
import { openTestMarket } from '../testing/market.ts';
import { spans } from './spans.ts';

test('the spans are those of the contract', async () => {
  const market = await openTestMarket('spans');
  const { packageId } = market.publisher.deployment;
  const getters: { readonly [Name in keyof typeof spans]: typeof config.noticeEpochs } = {
    notice: config.noticeEpochs,
    opening: config.openingEpochs,
    ruling: config.rulingEpochs,
    evidence: config.evidenceEpochs,
    claim: config.claimEpochs,
    deprecation: config.deprecationEpochs,
  };
  const read = await readNumbers(
    market.publisher,
    Object.values(getters).map((getter) => getter(packageId)),
  );
  expect(Object.fromEntries(Object.keys(getters).map((name, i) => [name, read[i]]))).toEqual(spans);
  market.close();
});
