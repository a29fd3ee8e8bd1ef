import { GrpcTypes } from '@mysten/sui/grpc';
import { MAX_SCANNED_ROWS } from '../rpc-params.ts';
import type { Draft } from '../transport/proto.ts';
import { encodeCursor, type Position, WHOLE } from './cursor.ts';
import type { Range } from './range.ts';

const reasons = GrpcTypes.QueryEndReason;

/** Something with a place in the chain. */
export interface Row<Item> extends Position {
  readonly checkpoint: number;
  readonly item: Item;
}

/** What a list stream sends: an item with its place, or the end. */
export interface Found<Item> {
  readonly item?: Item;
  readonly watermark: Draft<'Watermark'>;
  readonly end?: { readonly reason: GrpcTypes.QueryEndReason };
}

/** A resume point, with the checkpoint completely behind it when one is known. */
export const watermarkAt = (position: Position, covered: number | undefined): Draft<'Watermark'> => ({
  cursor: encodeCursor(position),
  ...(covered === undefined ? {} : { checkpoint: BigInt(covered) }),
});

/** The far side of a range as a resume point. */
export const farSide = ({ descending, after, before }: Range): Position => {
  if (descending) return after.sequence < 0 ? { sequence: 0, index: 0 } : after;
  return before.index === 0 ? { sequence: Math.max(before.sequence - 1, 0), index: WHOLE } : before;
};

/**
 * Reads a range row by row. Exactly one frame carries `end`: that of the last item when the limit is reached, an
 * item-less one otherwise.
 */
export function* scan<Item>(
  range: Range,
  rows: Iterable<Row<Item>>,
  matches: (item: Item) => boolean,
): Generator<Found<Item>> {
  let sent = 0;
  let scanned = 0;
  let previous: number | undefined;
  let covered: number | undefined;
  for (const row of rows) {
    if (previous !== undefined && previous !== row.checkpoint) covered = row.checkpoint + (range.descending ? 1 : -1);
    previous = row.checkpoint;
    scanned += 1;
    const watermark = watermarkAt(row, covered);
    if (matches(row.item)) {
      sent += 1;
      if (sent === range.limit) return yield { item: row.item, watermark, end: { reason: reasons.ITEM_LIMIT } };
      yield { item: row.item, watermark };
    }
    if (scanned === MAX_SCANNED_ROWS) return yield { watermark, end: { reason: reasons.SCAN_LIMIT } };
  }
  const isWhole = range.endReason !== reasons.CURSOR_BOUND;
  yield {
    watermark: watermarkAt(farSide(range), isWhole ? (previous ?? covered) : covered),
    end: { reason: range.endReason },
  };
}
