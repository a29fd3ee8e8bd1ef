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
  /** Empty until the server names it. */
  name: string;
  readonly custom: boolean;
  arguments: string;
}

/** One piece of a call. */
export type ToolPiece = NonNullable<Delta['tool']>;

/** Tells the calls of one choice apart; places count from 0 without gaps. */
export interface ToolReader {
  /** A piece of a stream; nothing as long as the call has no name. */
  readonly piece: (call: Json) => readonly ToolPiece[];
  /** A whole call. */
  readonly entire: (call: Json) => readonly ToolPiece[];
  /** What calls lack when the answer ends: the arguments of one without any are an empty object. */
  readonly rest: () => readonly ToolPiece[];
  /** Whether a call never got a name. */
  readonly nameless: () => boolean;
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

/** An index, which some servers send as text. */
const indexOf = (value: unknown): number | undefined => whole(typeof value === 'string' ? Number(value) : value);

const begins = ({ place, id, name, custom, arguments: text }: OpenCall): readonly ToolPiece[] =>
  name === ''
    ? []
    : [
        {
          index: place,
          id: id ?? `call_${randomBytes(12).toString('hex')}`,
          name,
          arguments: text,
          ...(custom ? { custom } : {}),
        },
      ];

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
    const repeats = last.name === '' || (name === last.name && !isComplete(last.arguments));
    return name === undefined || repeats ? last : undefined;
  };

  const add = (call: Json, known: OpenCall | undefined): readonly ToolPiece[] => {
    const custom = call.custom !== undefined || call.type === 'custom';
    const part = record(call.function ?? call.custom ?? call);
    const text = argumentText(part.arguments ?? part.input);
    const name = filled(part.name) ?? '';
    if (known) {
      known.arguments += text;
      if (known.name !== '') return [{ index: known.place, arguments: text }];
      known.name = name;
      return begins(known);
    }
    const made = { place: open.length, id: filled(call.id), index: indexOf(call.index), name, custom, arguments: text };
    open.push(made);
    return begins(made);
  };

  return {
    piece: (call) => {
      const name = filled(record(call.function ?? call.custom ?? call).name);
      return add(call, find(filled(call.id), indexOf(call.index), name));
    },
    entire: (call) => add(call, undefined),
    rest: () =>
      open
        .filter((call) => !call.custom && call.arguments.trim() === '')
        .map(({ place }) => ({ index: place, arguments: '{}' })),
    nameless: () => open.some(({ name }) => name === ''),
    any: () => open.length > 0,
  };
};
