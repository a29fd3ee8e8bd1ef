/**
 * Shapes of JSON outputs. A shape is plain data and is printed as JSON Schema (2020-12) by `atoma schema`.
 * Amounts and unit counts are decimal text, as they may pass 2^53; small ids, epochs and times are numbers.
 */

/** A JSON Schema, as far as outputs need it. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly pattern?: string;
  readonly enum?: readonly (string | number)[];
  readonly const?: string;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** Of members that `properties` does not name: whether there may be any, or what each must be. */
  readonly additionalProperties?: boolean | JsonSchema;
}

/** The output of a command: name and version are its identity, `atoma/<name>/<version>`. */
export interface Shape {
  readonly name: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, JsonSchema>>;
  /** Fields that may be absent. */
  readonly maybe?: readonly string[];
}

/** Makes a {@link Shape} of version 1. */
export const shape = (name: string, fields: Shape['fields'], maybe: readonly string[] = []): Shape => ({
  name,
  version: 1,
  fields,
  maybe,
});

/** The value of the `schema` field. */
export const schemaId = (of: Shape): string => `atoma/${of.name}/${of.version}`;

/** Decimal text of an amount in base units (1 TOMA = 1 SUI = 10^9) or of a count of compute units. */
export const amount = (description: string): JsonSchema => ({ type: 'string', pattern: '^-?[0-9]+$', description });
/** A small id, epoch, count or time in ms. */
export const integer = (description: string): JsonSchema => ({ type: 'integer', description });
/** Text. */
export const text = (description: string): JsonSchema => ({ type: 'string', description });
/** An object id or address: 0x and 64 hex digits. */
export const objectId = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^0x[0-9a-f]{64}$',
  description,
});
/** 32 bytes as 0x and 64 hex digits. */
export const bytes32 = objectId;
/** True or false. */
export const bool = (description: string): JsonSchema => ({ type: 'boolean', description });
/** The same, or null. */
export const orNull = (schema: JsonSchema): JsonSchema => ({ ...schema, type: [schema.type as string, 'null'] });
/** A list. */
export const list = (items: JsonSchema, description: string): JsonSchema => ({ type: 'array', items, description });
/** An object with these fields, all present but those in `maybe`. */
export const record = (
  properties: Readonly<Record<string, JsonSchema>>,
  description = '',
  maybe: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  description,
  properties,
  required: Object.keys(properties).filter((name) => !maybe.includes(name)),
  additionalProperties: false,
});
/** An object with a member for each of any names. */
export const dictionary = (member: JsonSchema, description: string): JsonSchema => ({
  type: 'object',
  description,
  additionalProperties: member,
});
/** An object with fields that depend on what is shown. */
export const anyRecord = (description: string): JsonSchema => ({ type: 'object', description });

/** The whole document a command prints, as JSON Schema. */
export const jsonSchemaOf = (of: Shape): JsonSchema & { readonly $schema: string; readonly title: string } => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: schemaId(of),
  ...record(
    {
      schema: { type: 'string', const: schemaId(of), description: 'Name and version of this output.' },
      network: text('Network the command worked on.'),
      ...of.fields,
    },
    '',
    of.maybe ?? [],
  ),
});
