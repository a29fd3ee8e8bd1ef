import { GrpcTypes } from '@mysten/sui/grpc';
import { ProofService } from './proof-messages.ts';

/** What this server needs of a protobuf-ts message type. */
export interface MessageInfo {
  readonly typeName: string;
  readonly fields: readonly FieldInfo[];
}

/** One field of a message, as protobuf-ts describes it. */
export interface FieldInfo {
  readonly name: string;
  readonly localName: string;
  readonly kind: 'scalar' | 'enum' | 'message' | 'map';
  readonly repeat?: number | undefined;
  readonly oneof?: string | undefined;
  readonly T?: unknown;
}

interface Codec extends MessageInfo {
  fromBinary(bytes: Uint8Array): object;
  toBinary(message: object): Uint8Array;
  create(partial: object): object;
}

/** A method of a service with the codecs of its messages. */
export interface Method {
  readonly name: string;
  readonly I: Codec;
  readonly O: Codec;
  readonly serverStreaming: boolean;
}

/** Any subset of a message's fields, as `create` accepts it. `K` names a type in `GrpcTypes`. */
export type Draft<K extends MessageName> = {
  -readonly [Field in keyof Partial_<K>]: Partial_<K>[Field];
};

/** Names of message types in `GrpcTypes`. */
export type MessageName = {
  [K in keyof typeof GrpcTypes]: (typeof GrpcTypes)[K] extends { create(value?: infer _): object } ? K : never;
}[keyof typeof GrpcTypes];

type Partial_<K extends MessageName> = (typeof GrpcTypes)[K] extends { create(value?: infer V): object }
  ? NonNullable<V>
  : never;

interface Service {
  readonly typeName: string;
  readonly methods: readonly Method[];
}

const isService = (value: unknown): value is Service =>
  typeof value === 'object' && value !== null && 'typeName' in value && 'methods' in value;

let table: ReadonlyMap<string, Method> | undefined;

/** The method behind `/package.Service/Method`; the table is built at the first call. */
export const methodAt = (path: string): Method | undefined => {
  table ??= new Map(
    [...Object.values(GrpcTypes as unknown as Record<string, unknown>), ProofService]
      .filter(isService)
      .flatMap((service) => service.methods.map((method) => [`/${service.typeName}/${method.name}`, method] as const)),
  );
  return table.get(path);
};

/** Message type of a field, for fields of kind `message`. */
export const messageOf = (field: FieldInfo): MessageInfo => (field.T as () => MessageInfo)();
