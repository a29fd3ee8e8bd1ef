/** Which stacks this node serves and who may use them; reads the chain as seldom as the rules allow. */
import type { BadgeHolder, ChainView } from '../chain/view.ts';
import type { ServeLimits } from '../context.ts';
import type { StackRow, Store } from '../store/types.ts';
import { type Checked, ok, problem } from './problem.ts';
import { createCache, createRateLimit } from './rate.ts';

/** How long an unknown stack is not looked up again, ms. */
const UNKNOWN_MS = 2_000;
const UNKNOWN_ENTRIES = 10_000;
const HOLDER_ENTRIES = 10_000;
/** A badge is not read more often than this for signers it does not match, ms. */
const RECHECK_MS = 1_000;

/** Why a signer is accepted: it is the recorded owner, whom the chain names for good; a badge's old versions can be pruned. */
export interface Entitlement {
  /** 0 recorded owner. */
  readonly authority: 0 | 1;
  readonly badgeVersion: bigint | null;
}

/** Stacks by id, and their holders. */
export interface StackDirectory {
  /** The stack, or why it cannot be used. `hint` is a purchase digest. */
  readonly find: (stack: bigint, hint: string | undefined, now: number) => Promise<Checked<StackRow>>;
  readonly entitle: (row: StackRow, signer: string, now: number) => Promise<Checked<Entitlement>>;
}

/** What {@link createStackDirectory} needs. */
export interface StackDirectoryParameters {
  readonly store: Store;
  readonly chain: ChainView;
  readonly node: bigint;
  /** Address this daemon signs with: only stacks bought under it can be served. */
  readonly address: string;
  readonly limits: ServeLimits;
}

type Read = { readonly holder: BadgeHolder | null; readonly readMs: number };

/** Makes the directory. */
export const createStackDirectory = (p: StackDirectoryParameters): StackDirectory => {
  const { store, chain, limits } = p;
  const unknown = createCache<bigint, 'unknown' | 'foreign'>(UNKNOWN_ENTRIES, UNKNOWN_MS);
  const holders = createCache<string, Read>(HOLDER_ENTRIES, limits.badgeCacheMs);
  const owners = createCache<bigint, string>(HOLDER_ENTRIES, RECHECK_MS);
  const reads = createRateLimit(limits.chainReadsPerSecond);
  const pending = new Map<bigint, Promise<Checked<StackRow>>>();

  const lookUp = async (stack: bigint, hint: string | undefined, now: number): Promise<Checked<StackRow>> => {
    if (!reads.allow(now)) return problem('chain_unavailable', { detail: 'too many unknown stacks just now' });
    const found = await chain.readStack(stack).catch(() => undefined);
    if (found === undefined) return problem('chain_unavailable');
    if (found === null || found.node !== p.node || found.nodeAddress !== p.address) {
      unknown.set(stack, found === null ? 'unknown' : 'foreign', now);
      return problem(found === null ? 'stack_unknown' : 'wrong_node');
    }
    const badge = hint === undefined ? null : await chain.purchasedBadge(hint, stack).catch(() => null);
    await store.putStack({ ...found.terms, badge: found.terms.badge ?? badge }, now);
    const row = await store.findStack(stack);
    return row ? ok(row) : problem('stack_unknown');
  };

  const readHolder = async (badge: string, now: number): Promise<Read | undefined> => {
    try {
      const read = { holder: await chain.badgeHolder(badge), readMs: now };
      holders.set(badge, read, now);
      return read;
    } catch {
      return holders.stale(badge);
    }
  };

  /** The row with the owner the chain records now: an event that named a new one may still be on its way. */
  const ownerNow = async (row: StackRow, now: number): Promise<StackRow> => {
    const asked = owners.get(row.id, now);
    if (asked !== undefined) return { ...row, owner: asked };
    const found = reads.allow(now) ? await chain.readStack(row.id).catch(() => null) : null;
    const owner = found?.terms.owner ?? row.owner;
    owners.set(row.id, owner, now);
    return { ...row, owner };
  };

  const judge = (row: StackRow, signer: string, holder: BadgeHolder | null): Entitlement | undefined => {
    const version = holder?.version ?? null;
    const sold = holder !== null && holder.address !== null && holder.address !== row.owner;
    return signer === row.owner && !sold ? { authority: 0, badgeVersion: version } : undefined;
  };

  return {
    find: async (stack, hint, now) => {
      const row = await store.findStack(stack);
      if (row) return ok(row);
      const known = unknown.get(stack, now);
      if (known !== undefined) return problem(known === 'foreign' ? 'wrong_node' : 'stack_unknown');
      const running = pending.get(stack) ?? lookUp(stack, hint, now).finally(() => pending.delete(stack));
      pending.set(stack, running);
      return running;
    },
    entitle: async (known, signer, now) => {
      const row = signer === known.owner ? known : await ownerNow(known, now);
      if (row.badge === null)
        return signer === row.owner ? ok({ authority: 0, badgeVersion: null }) : problem('not_stack_owner');
      let read = holders.get(row.badge, now) ?? (await readHolder(row.badge, now));
      let entitled = judge(row, signer, read?.holder ?? null);
      if (!entitled && read && now - read.readMs >= RECHECK_MS) {
        read = await readHolder(row.badge, now);
        entitled = judge(row, signer, read?.holder ?? null);
      }
      return entitled ? ok(entitled) : problem('not_stack_owner');
    },
  };
};
