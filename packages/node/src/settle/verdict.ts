/** What follows from the inputs of a stack: the history as whoever did the work finds it. */

import { toHex } from '@atoma/base';
import {
  accusation as accusationOf,
  computeCommitment,
  createMerkleBuilder,
  type Dispute,
  type Envelope,
  equalBytes,
  faultLeaf,
  type InputEntry,
  largestRequest,
  leafHash,
  listFault,
  malformedRoot,
  noPreviousReceipt,
  otherWorkLeaf,
  RECEIPT_BYTES,
  type Receipt,
  receiptHash,
  receiptLeaf,
  type StackProof,
  type Ticket,
  workHash,
} from '@atoma/sdk';
import type { EngineSet } from '../engine/set.ts';
import { nodeError } from '../node-errors.ts';
import { roleEndpoints } from '../serve/plan.ts';
import type { SketchProfile } from '../sketch/sketch-profile.ts';
import { type Recovered, readTrace, recoverTrace, traceOf } from '../sketch/trace.ts';
import { type Finding, keptOf, questionOf, shortened } from './finding.ts';
import type { CheckedRequest, Holding, View } from './holding.ts';
import { answerAgain, type Evaluated, type Replayed, type ReplayRow, type ReplayTask, replayRow } from './replay.ts';
import { type Accused, type Exhibits, exhibitKey, noExhibits, readShownReceipt } from './shown.ts';

/** What a history is held against. */
export interface Case extends Accused {
  readonly ticket: Ticket;
  readonly task: ReplayTask;
  /** Whether rows are checked by their values, which needs the traces of them. */
  readonly traced: boolean;
  /** Who accuses and what it committed to, where a jury looks and not an attester. */
  readonly accusation: Pick<Dispute, 'commitment' | 'challenger' | 'challengerNodeSmallId' | 'joined' | 'rows'> | null;
  /** Rows that are repeated at level 1. */
  readonly isChecked: (row: number) => boolean;
  /** Of these, the rows that attesters repeat, too: those the seed picks, without named ones. */
  readonly isSeeded: (row: number) => boolean;
  /** What of the accused came with the dispute. */
  readonly exhibits: Exhibits;
  /** What came with its start and was named then, where the owner of the stack added more since: the challenger's commitment covers that alone. */
  readonly atStart?: Pick<Case, 'exhibits' | 'isChecked'>;
}

/** M and total units. */
export interface Verdict {
  /** 32 bytes; zeros: inputs unavailable. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
}

/** Whether the request's own bytes show that it can never have been owed. */
const isFaulty = ({ stack, task, ...about }: Case, envelope: Envelope, units: bigint): boolean =>
  !equalBytes(envelope.chainId, about.chainId) ||
  !equalBytes(envelope.packageId, about.packageId) ||
  envelope.stack !== stack.stackSmallId ||
  envelope.node !== stack.selectedNodeSmallId ||
  !roleEndpoints[task.role]?.includes(envelope.endpoint) ||
  envelope.maxUnits < units;

/** A verdict with what it follows from. */
export interface Reached extends Verdict {
  /** Whether the seed's rows alone, without receipts, refusals and named rows, show another history than was settled. */
  readonly blame: boolean;
  /** Whether it rests on a view of the rows which the first accusation does not bind: others may have another one. */
  readonly unbound: boolean;
  /** Rows that were repeated. */
  readonly findings: readonly Finding[];
}

/** What a row comes to. */
type RowResult =
  | { readonly kind: 'work'; readonly workHash: Uint8Array; readonly units: bigint; readonly values: Values | null }
  /**
   * Work, but not that of the model it was sold under. No `values` where they are too far away to be compared: then `workHash` is by this
   * node's own, and `byView` has one for each view that these are near.
   */
  | {
      readonly kind: 'other';
      readonly workHash: Uint8Array;
      readonly byView: readonly (Uint8Array | undefined)[];
      readonly units: bigint;
      readonly values: Values | null;
    }
  | { readonly kind: 'fault' };

/** A row that was repeated, and what of. */
interface Repeated {
  readonly result: RowResult;
  readonly request: CheckedRequest;
  /** Null where the request shows by itself that nothing can have been owed. */
  readonly replayed: Replayed;
}

/** Distances of own values from those that were sketched: their sum, and how many. */
interface Values {
  readonly profile: SketchProfile;
  readonly distance: number;
  readonly values: number;
}

const fault: RowResult = { kind: 'fault' };

/** The hash of a row's work by a view of it; where there is none of that number, by own values. */
const hashBy = (result: Exclude<RowResult, { readonly kind: 'fault' }>, view: number): Uint8Array =>
  (result.kind === 'other' ? result.byView[view] : undefined) ?? result.workHash;

/** Recovers a trace by own values; undefined where they are not near enough, or for what is no trace. */
const recoveredBy = (trace: Uint8Array | undefined, { profile, steps }: Evaluated): Recovered | undefined => {
  const read = trace && readTrace(trace, profile);
  return read && recoverTrace(read, steps, profile);
};

const isClose = (trace: Uint8Array | undefined, evaluated: Evaluated): boolean => {
  const found = recoveredBy(trace, evaluated);
  return found !== undefined && evaluated.follows && found.distance <= evaluated.profile.juror * found.values;
};

/**
 * Runs a row again. An evaluation in one go rounds otherwise than the making of an answer, and on prompts unlike anything a model was
 * trained on the difference is large: what does not come out close is evaluated token by token, as its server did, before anybody is blamed.
 */
const replayClosely = async (engines: EngineSet, task: ReplayTask, row: ReplayRow): Promise<Replayed | undefined> => {
  const found = await replayRow(engines, task, row);
  if (found?.kind !== 'evaluated' || isClose(row.trace, found.evaluated)) return found;
  const again = await replayRow(engines, task, { ...row, stepwise: true });
  if (again?.kind !== 'evaluated') return again;
  // Far away, but recovered, is more than not recovered at all.
  const isWorse = recoveredBy(row.trace, found.evaluated) && !recoveredBy(row.trace, again.evaluated);
  return isWorse ? found : again;
};

/** The work of a row, by own values at the tokens its node shows. Throws `NODE_ENGINE` where an engine here gives fewer than are sketched. */
const compareValues = (
  holding: Holding,
  views: readonly View[],
  row: number,
  { contentHash, units, evaluated }: Extract<Replayed, { readonly kind: 'evaluated' }>,
): RowResult => {
  const { profile, steps, follows } = evaluated;
  const by = (trace: Uint8Array | undefined): Recovered | undefined => recoveredBy(trace, evaluated);
  const shown = by(holding.trace(row));
  if (shown && follows)
    return { kind: 'work', workHash: workHash(contentHash, shown.digest), units, values: { profile, ...shown } };
  if (shown) {
    const values = { profile, ...shown };
    return { kind: 'other', workHash: workHash(contentHash, shown.digest), byView: [], units, values };
  }
  // Who did the work agrees with the challenger on what it should have been; where there is none, this node's own view goes to others.
  const own = traceOf(steps, profile);
  if (!own) throw nodeError('ENGINE', { engine: 'replay', why: 'it computed fewer values than its profile sketches' });
  holding.refer(row, own.trace);
  const byView = views.map((view) => {
    const seen = by(view.get(row));
    return seen && workHash(contentHash, seen.digest);
  });
  return { kind: 'other', workHash: workHash(contentHash, own.digest), byView, units, values: null };
};

const repeat = async (
  engines: EngineSet,
  about: Case,
  entry: InputEntry,
  holding: Holding,
  views: readonly View[],
  row: number,
): Promise<Repeated | undefined> => {
  const request = holding.request(row);
  if (!request) return undefined;
  if (isFaulty(about, request.envelope, entry.units)) return { result: fault, request, replayed: null };
  const replayed = await replayClosely(engines, about.task, { request, cut: entry.cut, trace: holding.trace(row) });
  if (!replayed) return replayed === null ? { result: fault, request, replayed } : undefined;
  const result: RowResult =
    replayed.kind === 'evaluated'
      ? compareValues(holding, views, row, replayed)
      : { kind: 'work', workHash: replayed.workHash, units: replayed.units, values: null };
  return { result, request, replayed };
};

const sketchTakes = ({ values, corrects, step }: SketchProfile) => ({ values, corrects, step });

/** What a repeated row came to, as it is shown. */
const findingOf = (about: Case, row: number, { result, request, replayed }: Repeated, view: number): Finding => {
  const values = result.kind === 'fault' ? null : result.values;
  const profile = replayed?.kind === 'evaluated' ? replayed.evaluated.profile : null;
  const text = replayed && shortened(replayed.text);
  return {
    row,
    ...questionOf(request),
    verdict: result.kind === 'work' ? 'same' : result.kind,
    claimed: profile && text,
    own: profile ? null : text,
    workHash: result.kind === 'fault' ? null : toHex(hashBy(result, view)),
    units: replayed?.units ?? 0n,
    distance: values && values.values > 0 ? values.distance / values.values : null,
    sketch: profile && sketchTakes(profile),
    threshold: profile && (about.accusation ? profile.juror : profile.attester),
  };
};

/** What is shown of repeated rows; of the first that is not as it was sold also the answer of an engine here. */
export const withOwnAnswer = async (
  engines: EngineSet,
  { about, holding }: { readonly about: Case; readonly holding: Holding },
  findings: readonly Finding[],
): Promise<readonly Finding[]> => {
  const first = findings.find(({ verdict, own }) => verdict === 'other' && own === null);
  const request = first && holding.request(first.row);
  if (!request) return findings;
  const own = await answerAgain(engines, about.task, { request, cut: holding.entries()?.[first.row]?.cut ?? null });
  return findings.map((each) => (each === first ? { ...each, own: own && shortened(own) } : each));
};

const believe = async (
  about: Case,
  entry: InputEntry,
  holding: Holding,
  row: number,
  chain: ReceiptChain,
): Promise<RowResult | undefined> => {
  const opening = holding.opening(row);
  if (!opening) return undefined;
  const { securityLevel } = about.stack;
  if (securityLevel !== 1) {
    const request = holding.request(row);
    if (!request) return undefined;
    if (isFaulty(about, request.envelope, entry.units)) return fault;
  }
  if (securityLevel === 2) {
    const shown = holding.trace(row);
    if (!shown && opening.traceHash) return undefined;
    if (!shown || !(await chain(entry, opening.workHash, shown))) return fault;
  }
  return { kind: 'work', workHash: opening.workHash, units: entry.units, values: null };
};

/** Whether a history lies apart as a whole, and by whose view rows of another model count. */
interface Outcome {
  readonly apart: boolean;
  readonly view: number;
}

/** Whether a row's receipt is the next of its stack: told row by row, from the first. */
type ReceiptChain = (entry: InputEntry, workHash: Uint8Array, shown: Uint8Array) => Promise<boolean>;

const openReceiptChain = (about: Case): ReceiptChain => {
  let [index, cumulative] = [0n, 0n];
  let previous = noPreviousReceipt();
  return async (entry, workHash, shown) => {
    const receipt = await readShownReceipt(shown, about);
    cumulative += entry.units;
    const sound =
      receipt !== undefined &&
      receipt.index === index &&
      receipt.units === entry.units &&
      receipt.cumulativeUnits === cumulative &&
      equalBytes(receipt.requestHash, entry.requestHash) &&
      equalBytes(receipt.contentHash, workHash) &&
      equalBytes(receipt.previous, previous);
    index++;
    previous = receiptHash(shown.subarray(-RECEIPT_BYTES));
    return sound;
  };
};

/**
 * Whether the checked rows, each close enough to be recovered, lie too far away together. Jurors are stricter than attesters by more
 * than honest engines differ, so that what an attester finds, jurors find.
 */
const liesApart = (results: readonly RowResult[], disputed: boolean): boolean => {
  const compared = results.flatMap((result) => (result.kind === 'work' && result.values ? [result.values] : []));
  const profile = compared[0]?.profile;
  const values = compared.reduce((sum, each) => sum + each.values, 0);
  if (!profile || values < profile.least_values || results.some(({ kind }) => kind !== 'work')) return false;
  const distance = compared.reduce((sum, each) => sum + each.distance, 0);
  return distance / values > (disputed ? profile.juror : profile.attester);
};

const leafOf = (
  index: number,
  { requestHash }: InputEntry,
  result: RowResult,
  of: Outcome,
  receipts: readonly Receipt[] = [],
) => {
  if (result.kind === 'fault') return faultLeaf(index);
  const { units } = result;
  const hash = hashBy(result, of.view);
  const against = receipts.find((said) => said.units !== units || !equalBytes(said.contentHash, hash));
  if (against && result.kind === 'work') return receiptLeaf(index, against);
  return result.kind === 'other' || of.apart
    ? otherWorkLeaf({ index, requestHash, workHash: hash, units })
    : leafHash({ index, requestHash, contentHash: hash, units });
};

/** The root of a history whose rows came to these results. */
const rootOf = (
  about: Case,
  entries: readonly InputEntry[],
  results: readonly RowResult[],
  of: Outcome,
): Uint8Array => {
  const { receipts } = about.exhibits;
  const tree = createMerkleBuilder();
  for (const [row, entry] of entries.entries())
    tree.add(leafOf(row, entry, results[row] as RowResult, of, receipts.get(exhibitKey(entry.requestHash))));
  return tree.root();
};

/** The roots of a history, by each of the `views` held of its rows and, last, by own values. */
const rootsOf = (
  about: Case,
  entries: readonly InputEntry[],
  results: readonly RowResult[],
  views: number,
): readonly Uint8Array[] => {
  const apart = liesApart(results, about.accusation !== null);
  return Array.from({ length: views + 1 }, (_, view) => rootOf(about, entries, results, { apart, view }));
};

/** The rows as they are for a jury, and as they were for its challenger, who may have had less; undefined where that cannot be told. */
interface Found {
  readonly results: readonly RowResult[];
  readonly accused: readonly RowResult[] | undefined;
  /** How many views are held. */
  readonly views: number;
}

/** What was committed to of the rows, in the order in which it counts. */
const claimsIn = ({ accusation }: Case) => {
  if (accusation === null) return [];
  const { challenger, challengerNodeSmallId, commitment, joined } = accusation;
  const first = { by: challenger, claim: commitment, isAtStart: true };
  const later = joined.map(({ owner, claim }) => ({ by: owner, claim, isAtStart: false }));
  // Anybody disputes out of a wallet, a friend of the accused too. Who was drawn comes first.
  return challengerNodeSmallId === null ? [...later, first] : [first, ...later];
};

/**
 * The view of the lowest root `among` some, so that who holds the same views in another order goes by the same; of none of them is every far
 * row near: own values. Where these give that root, too, it rests on no view.
 */
const lowest = (roots: readonly Uint8Array[], results: readonly RowResult[], among: readonly number[]): number => {
  const own = roots.length - 1;
  const isWhole = (view: number): boolean =>
    results.every((result) => result.kind !== 'other' || result.values !== null || result.byView[view] !== undefined);
  const rootAt = (view: number): Uint8Array => roots[view] as Uint8Array;
  const [first = own] = among
    .filter((view) => view !== own && isWhole(view))
    .sort((one, other) => Buffer.compare(rootAt(one), rootAt(other)));
  return equalBytes(rootAt(first), rootAt(own)) ? own : first;
};

/** The root by the view that an accuser committed to, drawn attesters before others; where none is, by one that is held. An attester goes by its own. */
const agreed = (about: Case, entries: readonly InputEntry[], { results, accused, views }: Found) => {
  const { accusation, ticket, stack } = about;
  const roots = rootsOf(about, entries, results, views);
  const begun = about.atStart ? accused && rootsOf({ ...about, ...about.atStart }, entries, accused, views) : roots;
  // Rows that the owner named since may differ by views that gave one root before.
  const bound = claimsIn(about).map(({ by, claim, isAtStart }) => {
    const isMeant = (merkleRoot: Uint8Array): boolean => {
      const of = { merkleRoot, units: ticket.numClaimedComputeUnits, stackSmallId: stack.stackSmallId };
      const { committedStackProof: proof } = computeCommitment({ ...of, attesters: Number(stack.terms.attesters) });
      return equalBytes(accusationOf({ proof, challenger: by, rows: accusation?.rows ?? [] }), claim);
    };
    return ((isAtStart ? begun : roots) ?? []).flatMap((root, view) => (isMeant(root) ? [view] : []));
  });
  const viewed = results.some((result) => result.kind === 'other' && result.values === null);
  const own = roots.length - 1;
  const meant = bound.find((each) => each.length > 0) ?? [...roots.keys()];
  const view = accusation === null ? own : lowest(roots, results, meant);
  return {
    view,
    merkleRoot: roots[view] as Uint8Array,
    unbound: accusation !== null && viewed && (bound[0]?.length ?? 0) === 0,
  };
};

/**
 * Whether attesters should have found another history: by the seed's rows alone, and by the distance attesters allow. One of these that is no
 * work of the model is enough. `plain`: what each row comes to without the dispute; rows of which that cannot be told blame nobody.
 */
const blames = (
  about: Case,
  entries: readonly InputEntry[],
  plain: readonly (RowResult | undefined)[],
  view: number,
): boolean => {
  const { stack, ticket } = about;
  if (stack.securityLevel !== 1) return false;
  const known = plain.filter((result) => result !== undefined);
  if (plain.some((result, row) => about.isSeeded(row) && result !== undefined && result.kind !== 'work')) return true;
  if (known.length < plain.length) return false;
  const of = { apart: liesApart(known, false), view };
  const merkleRoot = rootOf({ ...about, exhibits: noExhibits }, entries, known, of);
  const { stackSmallId, terms } = stack;
  const units = ticket.numClaimedComputeUnits;
  return !confirms(ticket, computeCommitment({ merkleRoot, units, stackSmallId, attesters: Number(terms.attesters) }));
};

/** What a settlement puts on chain of a history. */
type Committed = Pick<StackProof, 'committedStackProof' | 'leaves'>;

/** Whether a settlement is what a commitment says: the root, and its node's own leaf. */
export const confirms = (ticket: Ticket, { committedStackProof, leaves }: Committed): boolean =>
  equalBytes(committedStackProof, ticket.committedStackProof) &&
  equalBytes(leaves[0] as Uint8Array, ticket.leaves[0] as Uint8Array);

/** Rows at which the list bills more for the time before a handoff than its node signed then. */
const overdrawn = (entries: readonly InputEntry[], { handoffs }: Exhibits): ReadonlySet<number> => {
  const found = handoffs.map(({ rows, units }) => {
    let sum = 0n;
    return entries.slice(0, rows).findIndex((entry) => {
      sum += entry.units;
      return sum > units;
    });
  });
  return new Set(found.filter((row) => row >= 0));
};

/** Rows are at fault that the node had refused, or billed beyond what it signed at a handoff. */
const withExhibits = (
  exhibits: Exhibits,
  entries: readonly InputEntry[],
  results: readonly RowResult[],
): readonly RowResult[] => {
  const over = overdrawn(entries, exhibits);
  const isRefused = (row: number): boolean =>
    exhibits.refused.has(exhibitKey((entries[row] as InputEntry).requestHash));
  return results.map((result, row) => (over.has(row) || isRefused(row) ? fault : result));
};

/** What rows came to by what a dispute began with; undefined where that cannot be told of one which the owner named since. */
const atStart = (
  { exhibits, isChecked }: NonNullable<Case['atStart']>,
  entries: readonly InputEntry[],
  results: readonly RowResult[],
  plain: readonly (RowResult | undefined)[],
): readonly RowResult[] | undefined => {
  const known = results.flatMap((result, row) => (isChecked(row) ? result : (plain[row] ?? [])));
  return known.length < results.length ? undefined : withExhibits(exhibits, entries, known);
};

/** The verdict; undefined while inputs are missing. */
export const reach = async (engines: EngineSet, about: Case, holding: Holding): Promise<Reached | undefined> => {
  const entries = holding.entries();
  if (!entries) return undefined;
  const { numClaimedComputeUnits: units, inputs } = about.ticket;
  if (listFault(entries, units, largestRequest(about.stack)) !== null)
    return { merkleRoot: malformedRoot(inputs as Uint8Array), units, findings: [], unbound: false, blame: true };
  const results: RowResult[] = [];
  const plain: (RowResult | undefined)[] = [];
  const views = [...holding.views()]; // more may come while rows are repeated
  const chain = openReceiptChain(about);
  const repeated = new Map<number, Repeated>();
  for (const [row, entry] of entries.entries()) {
    const isRepeated = about.stack.securityLevel === 1 && about.isChecked(row);
    const again = isRepeated ? await repeat(engines, about, entry, holding, views, row) : undefined;
    if (again) repeated.set(row, again);
    const result = isRepeated ? again?.result : await believe(about, entry, holding, row, chain);
    if (result === undefined) return undefined;
    plain.push(again && !about.isSeeded(row) ? await believe(about, entry, holding, row, chain) : result);
    results.push(result);
  }
  const { view, merkleRoot, unbound } = agreed(about, entries, {
    results: withExhibits(about.exhibits, entries, results),
    accused: about.atStart && atStart(about.atStart, entries, results, plain),
    views: views.length,
  });
  holding.restOn(views[view] ?? null);
  const blame = blames(about, entries, plain, view);
  const findings = keptOf([...repeated].map(([row, each]) => findingOf(about, row, each, view)));
  return { merkleRoot, units, unbound, blame, findings };
};
