import type { GrpcTypes } from '@mysten/sui/grpc';
import { canonicalType } from '../../internal/type-tag.ts';
import { parseAddress } from '../convert/address.ts';
import type { EventFilter, TransactionFilter } from '../ledger-functions.ts';

/** A package, and a module of it if one is named. */
const moduleOf = (path: string, field: string) => {
  const [pkg, module] = path.split('::');
  return { package: parseAddress(pkg, field), ...(module === undefined ? {} : { module }) };
};

const typeHint = (text: string): EventFilter => {
  const type = canonicalType(text);
  return type === undefined ? { typeModule: moduleOf(text, 'filter.event_type.event_type') } : { type };
};

const eventLiteral = ({ predicate }: GrpcTypes.EventLiteral): EventFilter => {
  switch (predicate.oneofKind) {
    case 'sender':
      return { sender: parseAddress(predicate.sender.address, 'filter.sender.address') };
    case 'emitModule':
      return { module: moduleOf(predicate.emitModule.module ?? '', 'filter.emit_module.module') };
    case 'eventType':
      return typeHint(predicate.eventType.eventType ?? '');
    default:
      return {};
  }
};

const callHint = (path: string): TransactionFilter => {
  const name = path.split('::')[2];
  const call = moduleOf(path, 'filter.move_call.function');
  return { call: name === undefined ? call : { ...call, function: name } };
};

const transactionLiteral = ({ predicate }: GrpcTypes.TransactionLiteral): TransactionFilter => {
  switch (predicate.oneofKind) {
    case 'sender':
      return { sender: parseAddress(predicate.sender.address, 'filter.sender.address') };
    case 'moveCall':
      return callHint(predicate.moveCall.function ?? '');
    default:
      return {};
  }
};

/** Conditions that every match fulfils: those of the positive literals, when all matches come from one term. */
const hintOf = <Literal extends { readonly negated: boolean }, Hint extends object>(
  filter: { readonly terms: readonly { readonly literals: readonly Literal[] }[] } | undefined,
  convert: (literal: Literal) => Hint,
): Hint | undefined => {
  const [term, ...others] = filter?.terms ?? [];
  if (!term || others.length > 0) return undefined;
  const hints = term.literals.filter(({ negated }) => !negated).map(convert);
  return Object.assign({}, ...hints) as Hint;
};

/** What the store's indexes may narrow a filtered list of events to. The filter itself still has the last word. */
export const eventHint = (filter: GrpcTypes.EventFilter | undefined): EventFilter | undefined =>
  hintOf(filter, eventLiteral);

/** The object a positive literal of the term names; undefined without one. */
const objectOf = ({ literals }: { readonly literals: readonly GrpcTypes.TransactionLiteral[] }): string | undefined => {
  const named = literals.find(({ negated, predicate }) => !negated && predicate.oneofKind === 'affectedObject');
  if (named?.predicate.oneofKind !== 'affectedObject') return undefined;
  return parseAddress(named.predicate.affectedObject.objectId, 'filter.affected_object.object_id');
};

/** What the store's indexes may narrow a filtered list of transactions to: objects also when each of several terms names one. */
export const transactionHint = (filter: GrpcTypes.TransactionFilter | undefined): TransactionFilter | undefined => {
  const hint = hintOf(filter, transactionLiteral);
  const objects = (filter?.terms ?? []).map(objectOf).filter((id) => id !== undefined);
  return objects.length > 0 && objects.length === filter?.terms.length ? { ...hint, objects } : hint;
};
