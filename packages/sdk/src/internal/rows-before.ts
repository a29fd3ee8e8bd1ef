/** Rows of the market's tables as they were, from the versions of objects that a chain keeps. */
import type { Atoma } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import type { Layout } from './layouts.ts';
import { decodeField, rowObjectId, type TableName, tableId } from './rows.ts';

/** `Ordering.DESCENDING` of the protocol. */
const DESCENDING = 1;

interface Version {
  readonly objectId: string;
  readonly version: bigint;
}

/** What the last transaction before a checkpoint left of an object; undefined: nothing, or there was none. */
const versionBefore = async (
  { client }: Atoma,
  objectId: string,
  endCheckpoint: bigint,
): Promise<Version | undefined> => {
  const call = client.ledgerService.listTransactions({
    readMask: { paths: ['effects.changed_objects'] },
    filter: {
      terms: [
        { literals: [{ negated: false, predicate: { oneofKind: 'affectedObject', affectedObject: { objectId } } }] },
      ],
    },
    options: { limit: 1, ordering: DESCENDING },
    endCheckpoint,
  });
  let found: Version | undefined;
  for await (const { transaction } of call.responses) {
    const change = transaction?.effects?.changedObjects.find((each) => each.objectId === objectId);
    if (change?.outputVersion !== undefined && change.outputDigest) found = { objectId, version: change.outputVersion };
  }
  return found;
};

/** Names rows and the checkpoint before which they are wanted. */
export interface RowsBefore {
  readonly table: TableName;
  readonly ids: readonly bigint[];
  readonly checkpoint: bigint;
}

/** Rows in the order of `ids`; null where there was none, and where the chain keeps that version no more. */
export const readRowsBefore = async <Row>(
  atoma: Atoma,
  layout: Layout<Row>,
  { table, ids, checkpoint }: RowsBefore,
): Promise<readonly (Row | null)[]> => {
  const tableOf = await tableId(atoma, table);
  const { network } = atoma.deployment;
  const versions = await reach(
    network,
    Promise.all(ids.map((id) => versionBefore(atoma, rowObjectId(tableOf, id), checkpoint))),
  );
  const requests = versions.flatMap((version) => version ?? []);
  if (requests.length === 0) return ids.map(() => null);
  const contents = async () =>
    (await atoma.client.ledgerService.batchGetObjects({ requests: [...requests], readMask: { paths: ['contents'] } }))
      .response;
  const { objects } = await reach(network, contents());
  const rows = new Map<string, Row>();
  for (const [i, { result }] of objects.entries()) {
    const content = result.oneofKind === 'object' ? result.object.contents?.value : undefined;
    const asked = requests[i];
    if (content && asked) rows.set(asked.objectId, decodeField(layout, content));
  }
  return versions.map((version) => (version && rows.get(version.objectId)) ?? null);
};
