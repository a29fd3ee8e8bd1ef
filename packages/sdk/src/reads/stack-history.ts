/** The life of a stack: every transaction that touched it, its settlement or its dispute. */
import type { Atoma } from '../context/atoma.ts';
import { rowObjectId, type TableName, tableId } from '../internal/rows.ts';
import { smallId } from '../values/ids.ts';
import { listObjectTransactions } from './object-transactions.ts';
import type { StackParameters } from './stacks.ts';
import { getTransaction, type TransactionView } from './transaction.ts';

/** Most transactions of one row that are read: a stack has a few dozen. */
const MOST = 500;

const digestsOf = async (atoma: Atoma, objectId: string): Promise<readonly string[]> => {
  const digests: string[] = [];
  for (let before: Uint8Array | undefined; digests.length < MOST; ) {
    const page = await listObjectTransactions(atoma, { objectId, ...(before ? { before } : {}) });
    digests.push(...page.digests);
    if (page.cursor === null) break;
    before = page.cursor;
  }
  return digests;
};

/** Whether an event is about the stack; those about nodes alone are not. */
const isAbout = (stack: bigint, { events }: TransactionView): boolean =>
  events.some(({ data }) => (data as { readonly stackSmallId?: bigint }).stackSmallId === stack);

/** Its transactions, oldest first, failed ones left out; also of a stack that is over. Empty when there never was one. */
export const getStackHistory = async (
  atoma: Atoma,
  parameters: StackParameters,
): Promise<readonly TransactionView[]> => {
  const id = smallId(parameters.stackSmallId);
  const rowOf = async (table: TableName): Promise<string> => rowObjectId(await tableId(atoma, table), id);
  const found = new Map<string, TransactionView>();
  const read = async (objectId: string): Promise<void> => {
    const digests = (await digestsOf(atoma, objectId)).filter((digest) => !found.has(digest));
    for (const view of await Promise.all(digests.map((digest) => getTransaction(atoma, { digest }))))
      if (isAbout(id, view)) found.set(view.digest, view);
  };
  await read(await rowOf('stacks'));
  // A row that never was is in no index: it is looked for only where something says that it was.
  const was = (objectId: string): boolean =>
    [...found.values()].some(({ changedObjects }) => changedObjects.some((each) => each.id === objectId));
  for (const objectId of [await rowOf('tickets'), await rowOf('disputes')])
    if (was(objectId) || (await isThere(atoma, objectId))) await read(objectId);
  const place = ({ checkpoint }: TransactionView): number => Number(checkpoint ?? Number.MAX_SAFE_INTEGER);
  return [...found.values()].sort((a, b) => place(a) - place(b));
};

const isThere = async (atoma: Atoma, objectId: string): Promise<boolean> => {
  const { objects } = await atoma.client.getObjects({ objectIds: [objectId] });
  return !(objects[0] instanceof Error);
};
