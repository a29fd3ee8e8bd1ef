/** What is on the chain, kept current from the effects of each transaction: rows by small id, wallets, badges, and funds. */
import { type ChangedObject, getObject, ledgerVm, type StoredObject } from '../../../packages/localnet/src/index.ts';
import { stateOf } from '../../../packages/localnet/src/internal/state.ts';
import { getRows } from '../../../packages/localnet/src/internal/store/database.ts';
import type { Chain } from './chain.ts';
import { decodeRow, fundsIn, type Row } from './decode.ts';
import type { Reference } from './transaction.ts';

/** A badge and who holds it. */
export interface Badge {
  readonly id: string;
  readonly holder: string;
}

/** The state of the chain by name. */
export interface View {
  db: Row;
  /** Every object: how much TOMA is in it, and how to take it out of the view again. */
  readonly objects: Map<string, { readonly toma: bigint; readonly forget: () => void }>;
  readonly references: Map<string, Reference>;
  /** Sum of `toma` over all objects. */
  total: bigint;
  readonly nodes: Map<number, Row>;
  readonly tasks: Map<number, Row>;
  readonly stacks: Map<number, Row>;
  readonly tickets: Map<number, Row>;
  readonly disputes: Map<number, Row>;
  /** By id of the subscription table. */
  readonly subscriptions: Map<string, Map<number, Row>>;
  readonly slots: Map<string, Map<string, Row>>;
  /** TOMA coins by owner and id. */
  readonly wallets: Map<string, Map<string, bigint>>;
  /** One SUI coin by owner. */
  readonly gas: Map<string, string>;
  readonly nodeBadges: Map<number, Badge>;
  readonly taskBadges: Map<number, Badge>;
  readonly stackBadges: Map<number, Badge>;
  readonly managerBadges: Map<string, Badge>;
  faucet: Row;
}

export const newView = (): View => ({
  db: null,
  objects: new Map(),
  references: new Map(),
  total: 0n,
  nodes: new Map(),
  tasks: new Map(),
  stacks: new Map(),
  tickets: new Map(),
  disputes: new Map(),
  subscriptions: new Map(),
  slots: new Map(),
  wallets: new Map(),
  gas: new Map(),
  nodeBadges: new Map(),
  taskBadges: new Map(),
  stackBadges: new Map(),
  managerBadges: new Map(),
  faucet: null,
});

const inner = <Key, Value>(map: Map<string, Map<Key, Value>>, key: string): Map<Key, Value> => {
  const found = map.get(key) ?? new Map<Key, Value>();
  map.set(key, found);
  return found;
};

const put = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value): (() => void) => {
  map.set(key, value);
  return () => {
    if (map.get(key) === value) map.delete(key);
  };
};

const nothing = (): void => {};

/** Tables of rows by the struct in the field. */
const TABLES: Readonly<Record<string, 'nodes' | 'tasks' | 'stacks' | 'tickets' | 'disputes'>> = {
  Node: 'nodes',
  Task: 'tasks',
  Stack: 'stacks',
  Ticket: 'tickets',
  Dispute: 'disputes',
};

const BADGES: Readonly<Record<string, 'nodeBadges' | 'taskBadges' | 'stackBadges'>> = {
  NodeBadge: 'nodeBadges',
  TaskBadge: 'taskBadges',
  StackBadge: 'stackBadges',
};

/** Enters an object into the view; returns how to take it out. */
const enter = (chain: Chain, object: StoredObject): (() => void) => {
  const { view } = chain;
  const { id, owner, type } = object;
  const decoded = (): Row => decodeRow(ledgerVm(chain.ledger), type, object.contents);
  const holder = owner.kind === 'address' ? owner.address : '';
  if (type.endsWith('::coin::Coin<0x0000000000000000000000000000000000000000000000000000000000000002::sui::SUI>'))
    return put(view.gas, holder, id);
  if (type.endsWith(`::coin::Coin<${chain.ids.coin}>`))
    return put(inner(view.wallets, holder), id, decoded().balance as bigint);
  const struct = type.match(/::(\w+)>?$/)?.[1] ?? '';
  if (type.includes('::dynamic_field::Field<')) return enterField(chain, object, struct, decoded);
  if (!type.startsWith(`0x${chain.ids.package}::`) && !type.startsWith(`0x${chain.ids.toma}::`)) return nothing;
  if (struct === 'AtomaDb') view.db = decoded();
  if (struct === 'Faucet') view.faucet = decoded();
  const badges = BADGES[struct];
  if (badges) return put(view[badges], Number(decoded().small_id), { id, holder });
  if (struct === 'AtomaManagerBadge') return put(view.managerBadges, id, { id, holder });
  return nothing;
};

const enterField = (chain: Chain, object: StoredObject, struct: string, decoded: () => Row): (() => void) => {
  const { view } = chain;
  const parent = object.owner.kind === 'object' ? object.owner.parent : '';
  if (!object.type.includes(`0x${chain.ids.package}::`)) return nothing;
  const { name, value } = decoded();
  const table = TABLES[struct];
  if (table) return put(view[table], Number(name), value);
  if (struct === 'Subscription') return put(inner(view.subscriptions, parent), Number(name), value);
  if (struct === 'Slot') return put(inner(view.slots, parent), `${name.bucket}/${name.index}`, value);
  return nothing;
};

/** True when a type names one of our packages; no other type can hold TOMA. */
const isOurs = (chain: Chain, type: string): boolean =>
  type.includes(chain.ids.package) || type.includes(chain.ids.toma);

const isRelevant = (chain: Chain, type: string): boolean => isOurs(chain, type) || type.endsWith('::sui::SUI>');

const tomaIn = (chain: Chain, { type, contents }: StoredObject): bigint =>
  isOurs(chain, type) ? fundsIn(ledgerVm(chain.ledger), type, contents, chain.ids.coin) : 0n;

/** Takes the new state of one object into the view. */
export const applyChange = (chain: Chain, id: string, given?: StoredObject, change?: ChangedObject): void => {
  const { view } = chain;
  const old = view.objects.get(id);
  if (old) {
    old.forget();
    view.total -= old.toma;
    view.objects.delete(id);
    view.references.delete(id);
  }
  const object = given ?? (change?.output ? getObject(chain.ledger, id) : undefined);
  if (!object || object.type === 'package' || !isRelevant(chain, object.type)) return;
  const toma = tomaIn(chain, object);
  view.objects.set(id, { toma, forget: enter(chain, object) });
  view.references.set(id, { id, version: object.version, digest: object.digest });
  view.total += toma;
};

/** Every live object of the ledger, from its store. */
export const allObjects = (chain: Chain): StoredObject[] =>
  getRows(stateOf(chain.ledger).db, 'SELECT id FROM live').map(
    (row) => getObject(chain.ledger, Buffer.from(row.id as Uint8Array).toString('hex')) as StoredObject,
  );

/** Reads the whole chain anew, after it was opened or brought back to a snapshot. */
export const loadView = (chain: Chain): void => {
  Object.assign(chain.view, newView());
  for (const object of allObjects(chain)) applyChange(chain, object.id, object);
};

/** TOMA in all live objects, counted from the store without the view. */
export const countFunds = (chain: Chain): bigint =>
  allObjects(chain).reduce((sum, object) => sum + tomaIn(chain, object), 0n);

/** Base units minted so far: the supply in the faucet's treasury cap. */
export const minted = (chain: Chain): bigint => chain.view.faucet.cap.total_supply;

/** Base units in an account's coins. */
export const walletOf = (view: View, address: string): bigint =>
  [...(view.wallets.get(address)?.values() ?? [])].reduce((sum, value) => sum + value, 0n);

/** A task's subscribers by node. */
export const subscribersOf = (view: View, task: number): Map<number, Row> =>
  view.subscriptions.get(view.tasks.get(task)?.subscriptions.id) ?? new Map();
