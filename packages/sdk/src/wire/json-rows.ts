/** A long list in a JSON answer, read as it comes: whoever reads it holds one row at a time. */
import type { AtomaError } from '@atoma/base';
import { wireError } from './wire-errors.ts';

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [LIST, OBJECT] = [
  [0x5b, 0x5d],
  [0x7b, 0x7d],
] as const;

/** Most bytes of one row: a request cut in 2,048 choices, the most there are, takes a thirtieth. */
const MOST_ROW = 1024 * 1024;

/** The error of a list that cannot be read. */
export const listError = (why: string): AtomaError => wireError('MALFORMED', { what: 'list', field: 'its rows', why });

const parse = (row: string): unknown => {
  try {
    return JSON.parse(row);
  } catch (error) {
    throw listError((error as Error).message);
  }
};

/**
 * Objects of the list that is called `member` in the object which is the whole text, in UTF-8. What else that object has is passed over. Throws
 * `WIRE_MALFORMED` for rows that are no JSON or longer than 1 MiB, and for a text that is cut short.
 */
export async function* jsonRows(text: AsyncIterable<Uint8Array>, member: string): AsyncGenerator<unknown> {
  let [depth, isText, isEscaped, isMember] = [0, false, false, false];
  /** The last text directly in the object: before a value its name. */
  let name = '""';
  let isBegun = false;
  let kept = Buffer.alloc(0);
  /** Where the name or row that is being read begins; -1: none is. */
  let from = -1;
  for await (const piece of text) {
    const bytes = Buffer.concat([kept, piece]);
    for (let at = kept.length; at < bytes.length; at++) {
      const byte = bytes[at];
      if (isText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) {
          isText = false;
          if (depth === 1) [name, from] = [bytes.toString('utf8', from, at + 1), -1];
        }
      } else if (byte === QUOTE) {
        isText = true;
        if (depth === 1) from = at;
      } else if (byte === LIST[0] || byte === OBJECT[0]) {
        isBegun = true;
        if (depth === 1) isMember = byte === LIST[0] && name === JSON.stringify(member);
        if (depth === 2 && isMember) from = at;
        depth++;
      } else if (byte === LIST[1] || byte === OBJECT[1]) {
        depth--;
        if (depth < 0) throw listError('it ends before it begins');
        if (depth === 2 && isMember) {
          yield parse(bytes.toString('utf8', from, at + 1));
          from = -1;
        }
      }
    }
    kept = from < 0 ? Buffer.alloc(0) : bytes.subarray(from);
    if (from >= 0) from = 0;
    if (kept.length > MOST_ROW) throw listError('a row is too long');
  }
  if (!isBegun || depth > 0) throw listError('it is cut short, or no object');
}
