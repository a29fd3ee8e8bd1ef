import { type Atoma, type EpochInfo, epochText, getEpoch } from '@atoma/sdk';
import type { Network } from '../config/networks.ts';

/** An epoch as text with the time until then. */
export type When = (epoch: bigint) => string;

/** Epochs of a local ledger end when their owner says so; the time left would mean nothing there. */
const localText = (epoch: bigint, now: EpochInfo): string => {
  const ahead = epoch - now.epoch;
  return ahead > 0n
    ? `epoch ${epoch} (${ahead} ahead: \`atoma chain advance --epochs ${ahead}\`)`
    : epochText(epoch, now);
};

/** How epochs read on this network now. */
export const whenOn = async (atoma: Atoma, network: Network): Promise<When> => {
  const now = await getEpoch(atoma);
  return (epoch) => (network.kind === 'public' ? epochText(epoch, now) : localText(epoch, now));
};
