import { type Atoma, type EpochInfo, epochText, getEpoch } from '@atoma/sdk';
import type { Network } from '../config/networks.ts';
import { upNetwork } from '../up/name.ts';

/** An epoch as text with the time until then. */
export type When = (epoch: bigint) => string;

/** Whether epochs end as their duration passes: on public networks, and in a market that `atoma up` started. */
export const keepsTime = ({ kind, name }: Network): boolean => kind === 'public' || name === upNetwork;

/** Epochs of another local ledger end when their owner says so; the time left would mean nothing there. */
const localText = (epoch: bigint, now: EpochInfo): string => {
  const ahead = epoch - now.epoch;
  return ahead > 0n
    ? `epoch ${epoch} (${ahead} ahead: \`atoma chain advance --epochs ${ahead}\`)`
    : epochText(epoch, now);
};

/** How epochs read on this network now. */
export const whenOn = async (atoma: Atoma, network: Network): Promise<When> => {
  const now = await getEpoch(atoma);
  return (epoch) => (keepsTime(network) ? epochText(epoch, now) : localText(epoch, now));
};
