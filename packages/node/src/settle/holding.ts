/** What a node holds of the inputs of a stack it checks: from whomever, as long as T on chain binds it. */
import { blake2b256, isAtomaError } from '@atoma/base';
import {
  type Envelope,
  envelopeLayout,
  equalBytes,
  type InputEntry,
  MAX_INPUT_ROWS,
  openInputsHash,
  parseSignature,
  requestHash,
  tracedBlind,
  verifyPersonalMessage,
} from '@atoma/sdk';
import {
  decodeRow,
  encodeRow,
  type RowOpening,
  type RowRequest,
  type RowTrace,
  rowBlind,
} from '../serve/transcript.ts';
import { openSpool, type Spool } from './spool.ts';

/** What every row is held against. */
export interface Scope {
  readonly level: number;
  /** T. */
  readonly inputs: Uint8Array;
  /** Whether an address may have signed the request of a row: a recorded owner, past ones included unless a handoff says otherwise. */
  readonly maySign: (address: string, row: number) => boolean;
  /** Handoffs that `maySign` goes by; absent: none. */
  readonly handoffs?: number;
}

/** A request that the list names, signed by an owner. */
export interface CheckedRequest {
  readonly envelope: Envelope;
  readonly envelopeBytes: Uint8Array;
  /** Empty where nobody has to repeat the work. */
  readonly body: Uint8Array;
}

type Place = () => string;

/** What somebody's own values make of rows, by row. */
export type View = ReadonlyMap<number, Uint8Array>;

/** Who gave a transcript: the node it is about, who accuses it (challengers and attesters that joined), another checker, or this node. */
export type Giver = 'accused' | 'accuser' | 'other' | 'self';

/** The inputs of one stack, as far as they are held. */
export interface Holding {
  /** Handoffs that bound who may have signed the rows taken. */
  readonly handoffs: number;
  /** The list; undefined before a source has given it. */
  readonly entries: () => readonly InputEntry[] | undefined;
  readonly request: (row: number) => CheckedRequest | undefined;
  readonly opening: (row: number) => RowOpening | undefined;
  /** What the server shows of the work of a row. */
  readonly trace: (row: number) => Uint8Array | undefined;
  /**
   * What other checkers' own values make of the rows, the accusers' first. Nothing binds a view but the root that an accuser committed to, so
   * none is taken of the accused: it could show each juror another one.
   */
  readonly views: () => readonly View[];
  /** Keeps what own values make of a row, for others who check it. */
  readonly refer: (row: number, reference: Uint8Array) => void;
  /** Names the view that this node's verdict rests on, which others get; null: its own. */
  readonly restOn: (view: View | null) => void;
  /**
   * Takes what holds of a transcript and closes it in the end; false when its list is not that of T.
   */
  readonly take: (spool: Spool, giver: Giver) => Promise<boolean>;
  /** Takes a request that came as evidence, if the list names it. */
  readonly takeRequest: (request: RowRequest) => Promise<void>;
  /** Rows as lines, for others who check the stack. */
  readonly lines: () => AsyncGenerator<string>;
  readonly close: () => void;
}

/** Views kept at most: each is one more root to look at. */
const MOST_VIEWS = 32;

/** Bytes kept of one, many times what the rows that are repeated come to. */
const MOST_VIEW_BYTES = 16 * 1024 * 1024;

const key = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');

const soundRequest = async (
  { envelope, signature, body }: RowRequest,
  hash: Uint8Array,
  row: number,
  scope: Scope,
): Promise<boolean> => {
  try {
    const parsed = parseSignature(signature);
    if (!equalBytes(requestHash(envelope), hash) || !scope.maySign(parsed.address, row)) return false;
    const { bodyHash } = envelopeLayout.decode(envelope);
    const hasBody = scope.level !== 1 || (body !== null && equalBytes(blake2b256(body), bodyHash));
    return hasBody && (await verifyPersonalMessage(envelope, parsed));
  } catch (error) {
    if (isAtomaError(error)) return false;
    throw error;
  }
};

/** The entries of a transcript, if T is their hash. */
const listIn = async (spool: Spool, inputs: Uint8Array): Promise<readonly InputEntry[] | undefined> => {
  const [list, entries] = [await openInputsHash(), [] as InputEntry[]];
  try {
    for await (const { text } of spool.lines()) {
      const { entry } = decodeRow(text);
      list.add(entry);
      if (entries.push(entry) > MAX_INPUT_ROWS) break;
    }
  } catch {
    return undefined;
  }
  return equalBytes(list.finish(), inputs) ? entries : undefined;
};

/** What others' values and one's own make of the rows; the accusers' come first. */
const createViews = () => {
  const views: View[] = [];
  const own = new Map<number, Uint8Array>();
  let agreed: View | null = null;
  return {
    list: (): readonly View[] => views,
    own,
    restOn: (view: View | null): void => {
      agreed = view;
    },
    /** What others get of a row: by what this node's verdict rests on; before it has one, the first view that came. */
    at: (row: number): Uint8Array | null => agreed?.get(row) ?? own.get(row) ?? views[0]?.get(row) ?? null,
    take: (view: View, giver: Giver): void => {
      if (giver === 'self') for (const [row, reference] of view) own.set(row, reference);
      const same = (other: View): boolean =>
        other.size === view.size &&
        [...view].every(([row, each]) => equalBytes(each, other.get(row) ?? new Uint8Array()));
      if (giver === 'self' || giver === 'accused' || view.size === 0) return;
      if (views.some(same)) return;
      if (giver === 'accuser') views.unshift(view);
      else views.push(view);
      if (views.length > MOST_VIEWS) views.pop(); // others cannot crowd out an accuser's
    },
  };
};

/** Rows that T binds, of transcripts and of evidence: both stay on disk, and are read again where a row is asked for. */
const createRows = (scope: Scope) => {
  const requests = new Map<number, Place>();
  const openings = new Map<number, Place>();
  const traces = new Map<number, Place>();
  /** Requests that came as evidence, as rows. */
  let kept: Spool | undefined;
  const at = (places: ReadonlyMap<number, Place>, row: number) => {
    const place = places.get(row);
    return place ? decodeRow(place()) : undefined;
  };
  const placeIn =
    (spool: Spool, offset: number, length: number): Place =>
    () =>
      spool.read(offset, length).toString('utf8');

  /** Takes what is sound of a transcript's rows; how much that was, and the values its giver made of them. */
  const take = async (spool: Spool, list: readonly InputEntry[]) => {
    const view = new Map<number, Uint8Array>();
    let [row, taken, viewed] = [0, 0, 0];
    for await (const { text, at: offset, length } of spool.lines()) {
      const { request, opening, trace, reference } = decodeRow(text);
      const { requestHash: hash, blind } = list[row] as InputEntry;
      const place = placeIn(spool, offset, length);
      const sound: readonly (readonly [Map<number, Place>, boolean])[] = [
        [requests, request !== null && !requests.has(row) && (await soundRequest(request, hash, row, scope))],
        [
          traces,
          trace !== null && !traces.has(row) && equalBytes(tracedBlind(trace.inner, blake2b256(trace.trace)), blind),
        ],
        [openings, opening !== null && !openings.has(row) && equalBytes(rowBlind(opening), blind)],
      ];
      for (const [places, isSound] of sound)
        if (isSound) {
          places.set(row, place);
          taken++;
        }
      viewed += reference?.length ?? 0;
      if (reference && viewed <= MOST_VIEW_BYTES) view.set(row, reference);
      row++;
    }
    return { taken, view };
  };
  return {
    take,
    request: (row: number): RowRequest | undefined => at(requests, row)?.request ?? undefined,
    opening: (row: number): RowOpening | undefined => at(openings, row)?.opening ?? undefined,
    trace: (row: number): RowTrace | undefined => at(traces, row)?.trace ?? undefined,
    keep: async (row: number, entry: InputEntry, request: RowRequest): Promise<void> => {
      if (requests.has(row) || !(await soundRequest(request, entry.requestHash, row, scope))) return;
      kept ??= openSpool();
      const line = Buffer.from(encodeRow({ entry, request, opening: null, trace: null, reference: null }));
      const place = placeIn(kept, kept.size(), line.length);
      kept.write(line);
      requests.set(row, place);
    },
    close: () => {
      for (const places of [requests, openings, traces]) places.clear();
      kept?.close();
      kept = undefined;
    },
  };
};

/** Starts with nothing. */
export const createHolding = (scope: Scope): Holding => {
  let entries: readonly InputEntry[] | undefined;
  let rowsByHash = new Map<string, number>();
  const rows = createRows(scope);
  const views = createViews();
  const spools: Spool[] = [];
  async function* lines(): AsyncGenerator<string> {
    for (const [row, entry] of (entries ?? []).entries())
      yield `${encodeRow({
        entry,
        request: rows.request(row) ?? null,
        opening: rows.opening(row) ?? null,
        trace: rows.trace(row) ?? null,
        reference: views.at(row),
      })}\n`;
  }
  return {
    handoffs: scope.handoffs ?? 0,
    entries: () => entries,
    request: (row) => {
      const found = rows.request(row);
      return (
        found && {
          envelope: envelopeLayout.decode(found.envelope),
          envelopeBytes: found.envelope,
          body: found.body ?? new Uint8Array(),
        }
      );
    },
    opening: rows.opening,
    trace: (row) => rows.trace(row)?.trace,
    views: views.list,
    refer: (row, reference) => void views.own.set(row, reference),
    restOn: views.restOn,
    take: async (spool, giver) => {
      const list = await listIn(spool, scope.inputs);
      if (!list) {
        spool.close();
        return false;
      }
      entries ??= list;
      rowsByHash = new Map(list.map(({ requestHash: hash }, row) => [key(hash), row]));
      const { taken, view } = await rows.take(spool, list);
      views.take(view, giver);
      if (taken > 0) spools.push(spool);
      else spool.close();
      return true;
    },
    takeRequest: async (request) => {
      const row = rowsByHash.get(key(requestHash(request.envelope)));
      const entry = row === undefined ? undefined : entries?.[row];
      if (row !== undefined && entry) await rows.keep(row, entry, request);
    },
    lines,
    close: () => {
      for (const spool of spools.splice(0)) spool.close();
      rows.close();
    },
  };
};
