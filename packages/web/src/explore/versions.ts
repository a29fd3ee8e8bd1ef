/** Versions of objects, read from the chain. */
import { record, rows } from '../json.ts';
import type { PageProps } from '../pages/props.ts';
import { type Fields, flatten } from './diff.ts';

type Chain = Pick<PageProps, 'atoma'>;

/** An object at one version. */
export interface Version {
  readonly version: string;
  readonly fields: Fields;
}

/** A value of protobuf's JSON as JSON. */
const plain = (value: unknown): unknown => {
  const kind = record(record(value).kind);
  switch (kind.oneofKind) {
    case 'stringValue':
    case 'numberValue':
    case 'boolValue':
      return kind[kind.oneofKind];
    case 'listValue':
      return rows(record(kind.listValue).values).map(plain);
    case 'structValue':
      return Object.fromEntries(
        Object.entries(record(record(kind.structValue).fields)).map(([name, each]) => [name, plain(each)]),
      );
    default:
      return null;
  }
};

const known = new Map<string, Promise<Version>>();
const MOST_KEPT = 500;

/** An object's fields at a version, which never change: read once. No fields where the chain keeps that version no more. */
export const versionOf = ({ atoma }: Chain, objectId: string, version: string): Promise<Version> => {
  const key = `${objectId} ${version}`;
  const before = known.get(key);
  if (before) return before;
  const read = atoma.client.ledgerService
    .getObject({ objectId, version: BigInt(version), readMask: { paths: ['json'] } })
    .then(({ response }) => ({ version, fields: flatten(plain(response.object?.json)) }))
    .catch(() => ({ version, fields: new Map() }));
  if (known.size >= MOST_KEPT) known.clear();
  known.set(key, read);
  return read;
};
