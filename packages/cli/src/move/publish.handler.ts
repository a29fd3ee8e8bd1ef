import { moveError } from '@atoma/move-compiler';
import { contextWithoutMarket, publishModules } from '@atoma/sdk';
import { openChain } from '../chain/chain.ts';
import { send, writeReportOf } from '../chain/perform.ts';
import { activeWallet } from '../chain/wallets.ts';
import { whenOn } from '../chain/when.ts';
import type { Handler } from '../kernel/command.ts';
import type { publishFlags } from './flags.ts';
import { compiled } from './load.ts';

/** `atoma move publish` */
export const publish: Handler<typeof publishFlags> = async (run, flags) => {
  const { root, result } = await compiled(run, flags);
  const unpublished = root.dependencies.find(({ address }) => BigInt(address) === 0n);
  if (unpublished)
    throw moveError('DEPENDENCY', {
      name: unpublished.name,
      parent: root.name,
      why: 'it is not published',
      remedy:
        'Publish it first, and write its id into its own manifest: published-at = "0x…", and the same as its address.',
    });
  const chain = await openChain(run);
  const wallet = await activeWallet(run.settings, chain.network);
  const atoma = await contextWithoutMarket(chain.client, wallet.signer, chain.network.name);
  const done = await send(run, { chain, atoma, wallet }, publishModules, {
    modules: result.modules,
    dependencies: result.dependencies,
  });
  return writeReportOf(
    done,
    {
      headline: ({ packageId }) => `${root.name} is published as ${packageId}`,
      rows: ({ packageId, upgradeCapId, objects }) => [
        ['package', packageId],
        ['upgrade cap', upgradeCapId ?? '-'],
        ...objects.map(({ id, type }) => ['created', `${id} ${type}`] as const),
      ],
    },
    await whenOn(atoma, chain.network),
  );
};
