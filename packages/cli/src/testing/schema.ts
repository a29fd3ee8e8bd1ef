import type { JsonSchema } from '../kernel/schema.ts';

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

const objectFaults = (schema: JsonSchema, value: Readonly<Record<string, unknown>>, at: string): readonly string[] => {
  const known = schema.properties ?? {};
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const extra =
    schema.additionalProperties === false
      ? Object.keys(value)
          .filter((name) => !(name in known))
          .map((name) => `${at}.${name} is not in the schema`)
      : [];
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
  if (Array.isArray(value))
    return schema.items
      ? value.flatMap((item, index) => schemaFaults(schema.items as JsonSchema, item, `${at}[${index}]`))
      : [];
  return type === 'object' ? objectFaults(schema, value as Record<string, unknown>, at) : [];
};
