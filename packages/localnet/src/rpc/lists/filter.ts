import type { GrpcTypes } from '@mysten/sui/grpc';
import { type Command, decodeTransaction, type TransactionData } from '../../internal/transaction-data.ts';
import { canonicalType } from '../../internal/type-tag.ts';
import type { ChangedObject, LedgerEvent, TransactionRecord } from '../../types.ts';
import { parseAddress } from '../convert/address.ts';
import { rpcError } from '../rpc-errors.ts';

/** A transaction while it is filtered; its BCS is decoded at most once and only when a predicate needs it. */
export interface Candidate {
  readonly record: TransactionRecord;
  /** Undefined for system transactions. */
  readonly data: () => TransactionData | undefined;
}

/** Wraps a transaction for filtering. */
export const candidate = (record: TransactionRecord): Candidate => {
  let decoded: { readonly data: TransactionData | undefined } | undefined;
  return {
    record,
    data: () => {
      decoded ??= { data: record.transaction[1] === 0 ? decodeTransaction(record.transaction) : undefined };
      return decoded.data;
    },
  };
};

/** Whether a transaction matches. */
export type TransactionPredicate = (transaction: Candidate) => boolean;

/** Whether an event matches. */
export type EventPredicate = (event: LedgerEvent) => boolean;

const SYSTEM = '0'.repeat(64);

const sentBy = (filter: GrpcTypes.SenderFilter): TransactionPredicate => {
  const address = parseAddress(filter.address, 'filter.sender.address');
  return (transaction) => (transaction.data()?.sender ?? SYSTEM) === address;
};

const emittedBy = (filter: GrpcTypes.EmitModuleFilter): ((event: LedgerEvent) => boolean) => {
  const [pkg, module, ...rest] = (filter.module ?? '').split('::');
  if (rest.length > 0) throw rpcError('BAD_FIELD', { field: 'filter.emit_module.module', reason: filter.module ?? '' });
  const id = parseAddress(pkg, 'filter.emit_module.module');
  return (event) => event.packageId === id && (module === undefined || event.module === module);
};

/** `address`, `address::module`, `address::module::Name` (any instantiation) or a full type. */
const ofType = (filter: GrpcTypes.EventTypeFilter): ((event: LedgerEvent) => boolean) => {
  const text = filter.eventType ?? '';
  const field = 'filter.event_type.event_type';
  const [address, module, name] = text.split('<')[0]!.split('::');
  if (name === undefined) {
    const prefix = `0x${parseAddress(address, field)}::${module === undefined ? '' : `${module}::`}`;
    return (event) => event.type.startsWith(prefix);
  }
  const type = canonicalType(text);
  if (type === undefined) throw rpcError('BAD_FIELD', { field, reason: `${JSON.stringify(text)} is not a type` });
  return (event) => event.type === type || (!type.includes('<') && event.type.startsWith(`${type}<`));
};

const calls = (filter: GrpcTypes.MoveCallFilter): TransactionPredicate => {
  const [pkg, module, name, ...rest] = (filter.function ?? '').split('::');
  if (rest.length > 0)
    throw rpcError('BAD_FIELD', { field: 'filter.move_call.function', reason: filter.function ?? '' });
  const id = parseAddress(pkg, 'filter.move_call.function');
  const matches = (command: Command) =>
    command.kind === 'call' &&
    command.package === id &&
    (module === undefined || command.module === module) &&
    (name === undefined || command.function === name);
  return (transaction) => transaction.data()?.commands.some(matches) ?? false;
};

const affects = (filter: GrpcTypes.AffectedAddressFilter): TransactionPredicate => {
  const address = parseAddress(filter.address, 'filter.affected_address.address');
  const isOwner = (state: object | null) => {
    const owner = state && 'owner' in state ? (state.owner as { kind: string; address?: string }) : undefined;
    return (owner?.kind === 'address' || owner?.kind === 'consensus') && owner.address === address;
  };
  const hasFunds = (output: ChangedObject['output']) => output?.kind === 'funds' && output.write.owner === address;
  return ({ record }) =>
    record.effects.changedObjects.some(({ input, output }) => isOwner(input) || isOwner(output) || hasFunds(output));
};

const changes = (filter: GrpcTypes.AffectedObjectFilter): TransactionPredicate => {
  const id = parseAddress(filter.objectId, 'filter.affected_object.object_id');
  return ({ record }) => record.effects.changedObjects.some((change) => change.id === id);
};

const unsupported = (kind: string | undefined) =>
  kind === undefined
    ? rpcError('MISSING_FIELD', { field: 'filter.terms.literals.predicate' })
    : rpcError('UNSUPPORTED', {
        feature: `the filter ${kind}`,
        hint: 'Filter by sender, call, affected address or object, module or event type.',
      });

const transactionPredicate = ({ predicate }: GrpcTypes.TransactionLiteral): TransactionPredicate => {
  switch (predicate.oneofKind) {
    case 'sender':
      return sentBy(predicate.sender);
    case 'moveCall':
      return calls(predicate.moveCall);
    case 'affectedAddress':
      return affects(predicate.affectedAddress);
    case 'affectedObject':
      return changes(predicate.affectedObject);
    case 'emitModule': {
      const matches = emittedBy(predicate.emitModule);
      return ({ record }) => record.events.some(matches);
    }
    case 'eventType': {
      const matches = ofType(predicate.eventType);
      return ({ record }) => record.events.some(matches);
    }
    case 'packageWrite':
      return ({ record }) => record.effects.changedObjects.some(({ output }) => output?.kind === 'package');
    default:
      throw unsupported(predicate.oneofKind);
  }
};

const eventPredicate = ({ predicate }: GrpcTypes.EventLiteral): EventPredicate => {
  switch (predicate.oneofKind) {
    case 'sender': {
      const address = parseAddress(predicate.sender.address, 'filter.sender.address');
      return (event) => event.sender === address;
    }
    case 'emitModule':
      return emittedBy(predicate.emitModule);
    case 'eventType':
      return ofType(predicate.eventType);
    default:
      throw unsupported(predicate.oneofKind);
  }
};

interface Dnf<Literal> {
  readonly terms: readonly { readonly literals: readonly Literal[] }[];
}

/** Any term, all of whose literals hold. An absent filter matches everything; an empty one is refused. */
const anyOf = <Literal extends { readonly negated: boolean }, Args extends readonly unknown[]>(
  filter: Dnf<Literal> | undefined,
  compile: (literal: Literal) => (...args: Args) => boolean,
): ((...args: Args) => boolean) => {
  if (!filter) return () => true;
  if (filter.terms.length === 0) throw rpcError('BAD_FIELD', { field: 'filter', reason: 'it has no term' });
  const terms = filter.terms.map(({ literals }) =>
    literals.map((literal) => ({ negated: literal.negated, holds: compile(literal) })),
  );
  return (...args) => terms.some((term) => term.every(({ negated, holds }) => holds(...args) !== negated));
};

/** Compiles a transaction filter; throws RPC_BAD_FIELD on a malformed one. */
export const transactionFilter = (filter: GrpcTypes.TransactionFilter | undefined): TransactionPredicate =>
  anyOf(filter, transactionPredicate);

/** Compiles an event filter; throws RPC_BAD_FIELD on a malformed one. */
export const eventFilter = (filter: GrpcTypes.EventFilter | undefined): EventPredicate => anyOf(filter, eventPredicate);
