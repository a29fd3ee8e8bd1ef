import type { Owner } from '@atoma/move-engine';
import { coinTypeOfBalance } from '../../internal/funds.ts';
import { coinTypeOf } from '../../internal/type-tag.ts';
import type { ChangedObject, FundsWrite } from '../../types.ts';
import type { Draft } from '../transport/proto.ts';
import { prefixed } from './address.ts';
import type { Lookup } from './effects.ts';
import { coinBalance } from './object.ts';

const isAddress = (owner: Owner): owner is Owner & { readonly address: string } =>
  owner.kind === 'address' || owner.kind === 'consensus';

/** Net change of every address's coins and funds, sorted by address and coin type; what did not change is left out. */
export const balanceChanges = (changes: readonly ChangedObject[], lookup: Lookup): Draft<'BalanceChange'>[] => {
  const net = new Map<string, bigint>();
  const add = (change: ChangedObject, state: ChangedObject['input'] | ChangedObject['output'], sign: bigint) => {
    if (!state || !('owner' in state) || !isAddress(state.owner)) return;
    const object = lookup(change.id, state.version);
    const coinType = object && coinTypeOf(object.type);
    if (!object || coinType === undefined) return;
    const key = `${state.owner.address} ${coinType}`;
    net.set(key, (net.get(key) ?? 0n) + sign * coinBalance(object.contents));
  };
  const addFunds = ({ owner, type, operation, amount }: FundsWrite) => {
    const key = `${owner} ${coinTypeOfBalance(type)}`;
    net.set(key, (net.get(key) ?? 0n) + (operation === 'merge' ? amount : -amount));
  };
  for (const change of changes) {
    add(change, change.input, -1n);
    if (change.output?.kind === 'funds') addFunds(change.output.write);
    else add(change, change.output, 1n);
  }
  return [...net]
    .filter(([, amount]) => amount !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, amount]) => {
      const space = key.indexOf(' ');
      return { address: prefixed(key.slice(0, space)), coinType: key.slice(space + 1), amount: String(amount) };
    });
};
