/** Which call of a choice a piece of a tool call belongs to, whatever the server says about indices and ids. */
import { randomBytes } from 'node:crypto';
import type { Delta } from '../types.ts';
import { filled, type Json, record, whole } from './json.ts';

/** A call as far as it has come. */
interface OpenCall {
  readonly place: number;
  /** Id and index of the server, where it gave them. */
  readonly id: string | undefined;
  readonly index: number | undefined;
  readonly name: string;
  arguments: string;
}

/** One piece of a call. */
export type ToolPiece = NonNullable<Delta['tool']>;

/** Tells the calls of one choice apart; places count from 0 without gaps. */
export interface ToolReader {
  /** A piece of a stream. */
  readonly piece: (call: Json) => ToolPiece;
  /** A whole call. */
  readonly entire: (call: Json) => ToolPiece;
  readonly any: () => boolean;
}

const isComplete = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Arguments are JSON text; some servers send the value itself. */
const argumentText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

/** Starts a reader. */
export const createToolReader = (): ToolReader => {
  const open: OpenCall[] = [];

  /** The call a piece goes on with; undefined: it begins a new one. */
  const find = (id: string | undefined, index: number | undefined, name: string | undefined): OpenCall | undefined => {
    if (id !== undefined) {
      const same = open.findLast((call) => call.id === id && (index === undefined || call.index === index));
      if (same) return same;
    }
    const last = index === undefined ? open.at(-1) : open.findLast((call) => call.index === index);
    if (!last || (id !== undefined && last.id !== undefined)) return undefined;
    // A name again is a new call, unless the server repeats it with every piece of arguments that are not yet whole.
    const repeats = name === last.name && !isComplete(last.arguments);
    return name === undefined || repeats ? last : undefined;
  };

  const add = (call: Json, known: OpenCall | undefined): ToolPiece => {
    const custom = call.custom !== undefined || call.type === 'custom';
    const part = record(call.function ?? call.custom ?? call);
    const text = argumentText(part.arguments ?? part.input);
    if (known) {
      known.arguments += text;
      return { index: known.place, arguments: text };
    }
    const id = filled(call.id);
    const name = filled(part.name) ?? '';
    open.push({ place: open.length, id, index: whole(call.index), name, arguments: text });
    const given = id ?? `call_${randomBytes(12).toString('hex')}`;
    return { index: open.length - 1, id: given, name, arguments: text, ...(custom ? { custom } : {}) };
  };

  return {
    piece: (call) => {
      const name = filled(record(call.function ?? call.custom ?? call).name);
      return add(call, find(filled(call.id), whole(call.index), name));
    },
    entire: (call) => add(call, undefined),
    any: () => open.length > 0,
  };
};
