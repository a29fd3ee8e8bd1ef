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
import type { Spool } from './spool.ts';

/** What every row is held against. */
export interface Scope {
  readonly level: number;
  /** T. */
  readonly inputs: Uint8Array;
  /** Recorded owners, past ones included: they may sign requests. */
  readonly signers: readonly string[];
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

/** Who gave a transcript. */
export type Giver = 'challenger' | 'other' | 'self';

/** The inputs of one stack, as far as they are held. */
export interface Holding {
  /** The list; undefined before a source has given it. */
  readonly entries: () => readonly InputEntry[] | undefined;
  readonly request: (row: number) => CheckedRequest | undefined;
  readonly opening: (row: number) => RowOpening | undefined;
  /** What the server shows of the work of a row. */
  readonly trace: (row: number) => Uint8Array | undefined;
  /** What others' own values make of the rows, the challenger's first. Nothing binds a view but the root that the challenger committed to. */
  readonly views: () => readonly View[];
  /** Keeps what own values make of a row, for others who check it. */
  readonly refer: (row: number, reference: Uint8Array) => void;
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

const key = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');

const soundRequest = async (
  { envelope, signature, body }: RowRequest,
  hash: Uint8Array,
  scope: Scope,
): Promise<boolean> => {
  try {
    const parsed = parseSignature(signature);
    if (!equalBytes(requestHash(envelope), hash) || !scope.signers.includes(parsed.address)) return false;
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

/** Starts with nothing. */
export const createHolding = (scope: Scope): Holding => {
  let entries: readonly InputEntry[] | undefined;
  let rowsByHash = new Map<string, number>();
  const requests = new Map<number, Place>();
  const openings = new Map<number, Place>();
  const traces = new Map<number, Place>();
  const views: View[] = [];
  const own = new Map<number, Uint8Array>();
  const spools: Spool[] = [];
  const kept = new Map<number, RowRequest>();

  const requestAt = (row: number): RowRequest | undefined => {
    const place = requests.get(row);
    return kept.get(row) ?? (place ? (decodeRow(place()).request ?? undefined) : undefined);
  };
  const openingAt = (row: number): RowOpening | undefined => {
    const place = openings.get(row);
    return place ? (decodeRow(place()).opening ?? undefined) : undefined;
  };
  const traceAt = (row: number): RowTrace | undefined => {
    const place = traces.get(row);
    return place ? (decodeRow(place()).trace ?? undefined) : undefined;
  };
  const takeView = (view: View, giver: Giver): void => {
    if (giver === 'self') for (const [row, reference] of view) own.set(row, reference);
    const same = (other: View): boolean =>
      other.size === view.size &&
      [...view].every(([row, each]) => equalBytes(each, other.get(row) ?? new Uint8Array()));
    if (giver === 'self' || view.size === 0 || views.length >= MOST_VIEWS || views.some(same)) return;
    if (giver === 'challenger') views.unshift(view);
    else views.push(view);
  };
  const takeRows = async (spool: Spool, list: readonly InputEntry[], giver: Giver): Promise<number> => {
    const view = new Map<number, Uint8Array>();
    let [row, taken] = [0, 0];
    for await (const { text, at, length } of spool.lines()) {
      const { request, opening, trace, reference } = decodeRow(text);
      const entry = list[row] as InputEntry;
      const place: Place = () => spool.read(at, length).toString('utf8');
      if (request && !requests.has(row) && !kept.has(row) && (await soundRequest(request, entry.requestHash, scope))) {
        requests.set(row, place);
        taken++;
      }
      if (trace && !traces.has(row) && equalBytes(tracedBlind(trace.inner, blake2b256(trace.trace)), entry.blind)) {
        traces.set(row, place);
        taken++;
      }
      if (reference) view.set(row, reference);
      const opens = opening && equalBytes(rowBlind(opening), entry.blind);
      if (opens && !openings.has(row)) {
        openings.set(row, place);
        taken++;
      }
      row++;
    }
    takeView(view, giver);
    return taken;
  };
  async function* lines(): AsyncGenerator<string> {
    for (const [row, entry] of (entries ?? []).entries())
      yield `${encodeRow({
        entry,
        request: requestAt(row) ?? null,
        opening: openingAt(row) ?? null,
        trace: traceAt(row) ?? null,
        reference: views[0]?.get(row) ?? own.get(row) ?? null,
      })}\n`;
  }
  return {
    entries: () => entries,
    request: (row) => {
      const found = requestAt(row);
      return (
        found && {
          envelope: envelopeLayout.decode(found.envelope),
          envelopeBytes: found.envelope,
          body: found.body ?? new Uint8Array(),
        }
      );
    },
    opening: openingAt,
    trace: (row) => traceAt(row)?.trace,
    views: () => views,
    refer: (row, reference) => void own.set(row, reference),
    take: async (spool, giver) => {
      const list = await listIn(spool, scope.inputs);
      if (!list) {
        spool.close();
        return false;
      }
      entries ??= list;
      rowsByHash = new Map(list.map(({ requestHash: hash }, row) => [key(hash), row]));
      if ((await takeRows(spool, list, giver)) > 0) spools.push(spool);
      else spool.close();
      return true;
    },
    takeRequest: async (request) => {
      const row = rowsByHash.get(key(requestHash(request.envelope)));
      const entry = row === undefined ? undefined : entries?.[row];
      if (row === undefined || !entry || requests.has(row) || kept.has(row)) return;
      if (await soundRequest(request, entry.requestHash, scope)) kept.set(row, request);
    },
    lines,
    close: () => {
      for (const spool of spools.splice(0)) spool.close();
      requests.clear();
      openings.clear();
      traces.clear();
    },
  };
};
