/** Values against the JSON Schemas of our outputs. */
import type { JsonSchema } from './schema.ts';

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

const objectFaults = (schema: JsonSchema, value: Readonly<Record<string, unknown>>, at: string): readonly string[] => {
  const known = schema.properties ?? {};
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const { additionalProperties: others = true } = schema;
  const extra = Object.keys(value)
    .filter((name) => !(name in known))
    .flatMap((name) => {
      if (others === false) return [`${at}.${name} is not in the schema`];
      return others === true ? [] : schemaFaults(others, value[name], `${at}.${name}`);
    });
  const inner = Object.entries(known).flatMap(([name, below]) =>
    name in value ? schemaFaults(below, value[name], `${at}.${name}`) : [],
  );
  return [...missing, ...extra, ...inner];
};

/** Where a value breaks a schema, as far as our schemas go. */
export const schemaFaults = (schema: JsonSchema, value: unknown, at = '$'): readonly string[] => {
  const type = typeOf(value);
  const allowed = schema.type === undefined ? [] : [schema.type].flat();
  if (allowed.length > 0 && !allowed.includes(type) && !(type === 'integer' && allowed.includes('number')))
    return [`${at} is ${type}, not ${allowed.join(' or ')}`];
  if (schema.const !== undefined && value !== schema.const) return [`${at} is not ${schema.const}`];
  if (schema.enum && !schema.enum.includes(value as string)) return [`${at} is none of ${schema.enum.join(', ')}`];
  if (schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern).test(value))
    return [`${at} does not match ${schema.pattern}`];
  if (Array.isArray(value)) {
    const { items, minItems = 0 } = schema;
    if (value.length < minItems) return [`${at} has ${value.length} items, not ${minItems}`];
    return items ? value.flatMap((item, index) => schemaFaults(items, item, `${at}[${index}]`)) : [];
  }
  return type === 'object' ? objectFaults(schema, value as Record<string, unknown>, at) : [];
};

const open = ({ additionalProperties, ...schema }: JsonSchema): JsonSchema =>
  typeof additionalProperties === 'object' ? { ...schema, additionalProperties } : schema;

/** Whether a value has every member of a schema, each of its kind. Members the schema does not know are left alone. */
export const fits = <T>(schema: JsonSchema, value: unknown): value is T =>
  schemaFaults(open(schema), value).length === 0;
