/**
 * Fills a JSON schema: a value that is valid under it, with what the question says where it fits. Keywords that are not understood are
 * refused, not ignored.
 */
import { type AtomaError, isAtomaError } from '@atoma/base';
import { array, isRecord, type Json } from '@atoma/sdk/json';
import { engineError } from '../engine-errors.ts';
import type { Evidence } from './evidence.ts';
import { textFor } from './pattern.ts';

/** Why a schema cannot be filled. */
export interface Unfit {
  readonly kind: 'unfit';
  readonly why: string;
}

/** A filled schema. */
export interface Filled {
  readonly kind: 'filled';
  readonly value: unknown;
}

const unfit = (why: string): never => {
  throw engineError('SCHEMA', { why });
};

/** Values made for one schema, so that references cannot multiply without end, and how deep they may lie. */
const MOST_VALUES = 4_096;
const MOST_DEPTH = 32;
/** Letters of schemas read and of text written in all: conjunctions, references and long options multiply too. */
const MOST_LETTERS = 2_000_000;
/** Deeper than this, members that are not required are left out: schemas may refer to themselves. */
const OPTIONAL_DEPTH = 4;
/** Entries of a list whose schema does not say. */
const MOST_ENTRIES = 5;

/** Keywords that say what is not allowed in ways a filler cannot see. */
const refused = [
  'not',
  'if',
  'contains',
  'dependentSchemas',
  'dependentRequired',
  'dependencies',
  'propertyNames',
  'unevaluatedProperties',
  'unevaluatedItems',
  '$dynamicRef',
  '$recursiveRef',
];

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

interface Filling {
  readonly root: Json;
  readonly evidence: Evidence;
  /** Whether members that are not required are filled where nothing is said of them. */
  readonly everything: boolean;
  made: number;
  letters: number;
}

/** Counts what is read or written, before more work is spent on it. */
const charge = (filling: Filling, value: unknown): void => {
  filling.letters += JSON.stringify(value).length;
  if (filling.letters > MOST_LETTERS) unfit('it is too large');
};

const resolve = (filling: Filling, reference: string): unknown => {
  if (!reference.startsWith('#')) return unfit(`the reference ${reference} leads out of the schema`);
  const path = reference.slice(1).split('/').slice(1);
  let found: unknown = filling.root;
  for (const part of path) {
    const name = part.replace(/~1/g, '/').replace(/~0/g, '~');
    found = Array.isArray(found) || (isRecord(found) && Object.hasOwn(found, name)) ? (found as Json)[name] : undefined;
  }
  return found === undefined ? unfit(`nothing is at ${reference}`) : found;
};

const stricter: Readonly<Record<string, (a: number, b: number) => number>> = {
  minimum: Math.max,
  exclusiveMinimum: Math.max,
  minLength: Math.max,
  minItems: Math.max,
  maximum: Math.min,
  exclusiveMaximum: Math.min,
  maxLength: Math.min,
  maxItems: Math.min,
};

/** Two schemas that both hold, as one. */
const merge = (a: Json, b: Json): Json => {
  const made: Record<string, unknown> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const had = Object.hasOwn(a, name) ? a[name] : undefined;
    if (had === undefined || same(had, value)) made[name] = value;
    else if (name === 'required') made[name] = [...new Set([...array(had), ...array(value)])];
    else if (name === 'properties' && isRecord(had) && isRecord(value)) made[name] = mergeProperties(had, value);
    else if (name === 'allOf') made[name] = [...array(had), ...array(value)];
    else if (name === 'enum') made[name] = array(had).filter((each) => array(value).some((other) => same(each, other)));
    else if (name === 'type') made[name] = [had].flat().filter((each) => [value].flat().includes(each));
    else if (Object.hasOwn(stricter, name)) made[name] = stricter[name]?.(Number(had), Number(value));
    else if (
      name === 'pattern' ||
      name === 'multipleOf' ||
      name === 'items' ||
      name === 'anyOf' ||
      name === 'oneOf' ||
      name === 'const'
    )
      unfit(`two values of ${name} hold at once`);
  }
  return made;
};

const mergeProperties = (a: Json, b: Json): Json => {
  const both = Object.keys(b).filter((name) => Object.hasOwn(a, name));
  return { ...a, ...b, ...Object.fromEntries(both.map((name) => [name, { allOf: [a[name], b[name]] }])) };
};

/** A schema without references and conjunctions. */
const flat = (filling: Filling, schema: unknown, depth: number): Json => {
  if (schema === true || schema === undefined) return {};
  if (!isRecord(schema) || depth > MOST_DEPTH)
    return unfit(schema === false ? 'nothing is allowed' : 'it refers to itself without end');
  charge(filling, schema);
  const word = refused.find((name) => schema[name] !== undefined);
  if (word !== undefined) unfit(`the keyword ${word} is not understood`);
  const { $ref, allOf, ...rest } = schema;
  const parts = [...(typeof $ref === 'string' ? [resolve(filling, $ref)] : []), ...array(allOf)];
  return parts.reduce((made: Json, part) => {
    const both = merge(made, flat(filling, part, depth + 1));
    charge(filling, both);
    return both;
  }, rest);
};

/** Values that a member without a said value gets. */
const defaults: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00Z',
  time: '00:00:00Z',
  duration: 'P1D',
  email: 'ada@example.com',
  'idn-email': 'ada@example.com',
  hostname: 'example.com',
  uri: 'https://example.com/',
  iri: 'https://example.com/',
  'uri-reference': '/',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '00000000-0000-4000-8000-000000000000',
  'json-pointer': '/a',
  regex: 'a',
};

const shapes: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/,
  email: /^[\w+-]{1,64}(?:\.[\w+-]{1,64})?@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,4}$/,
  uri: /^https?:\/\/[\w.-]{1,200}(?:\/[\w./-]{0,400})?$/,
};

const fitText = (filling: Filling, schema: Json, member: string): string => {
  const least = number(schema.minLength) ?? 0;
  const most = number(schema.maxLength) ?? Number.POSITIVE_INFINITY;
  if (least > most) return unfit('minLength is above maxLength');
  if (least > 65_536) return unfit('minLength is too large');
  if (typeof schema.pattern === 'string')
    return (
      textFor(schema.pattern, least, most) ?? unfit(`the pattern ${schema.pattern.slice(0, 80)} is not understood`)
    );
  const format = typeof schema.format === 'string' ? schema.format : '';
  const said = filling.evidence.text(member);
  if (Object.hasOwn(defaults, format)) {
    const shape = shapes[format];
    const text =
      shape !== undefined && said !== undefined && said.length < 500 && shape.test(said)
        ? said
        : (defaults[format] as string);
    return text.length >= least && text.length <= most ? text : unfit(`no ${format} of that length`);
  }
  charge(filling, '.'.repeat(least));
  const letters = [...(said ?? (member === '' ? filling.evidence.answer() : member))];
  while (letters.length < least) letters.push(letters.length === 0 ? 'a' : '.');
  return letters.slice(0, Math.min(letters.length, most)).join('');
};

const fitNumber = (filling: Filling, schema: Json, member: string, whole: boolean): number => {
  const step = number(schema.multipleOf) ?? (whole ? 1 : undefined);
  const [low, high] = [number(schema.minimum), number(schema.maximum)];
  const [above, below] = [number(schema.exclusiveMinimum), number(schema.exclusiveMaximum)];
  const fits = (value: number): boolean =>
    Number.isFinite(value) &&
    (low === undefined || value >= low) &&
    (high === undefined || value <= high) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (!whole || Number.isInteger(value)) &&
    (step === undefined || Number.isInteger(value / step));
  const said = filling.evidence.number(member);
  const floor = Math.max(low ?? Number.NEGATIVE_INFINITY, above ?? Number.NEGATIVE_INFINITY);
  const ceiling = Math.min(high ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY);
  const unit = step ?? 1;
  const near = Number.isFinite(floor)
    ? Math.ceil(floor / unit)
    : Number.isFinite(ceiling)
      ? Math.floor(ceiling / unit)
      : 0;
  const steps = [0, 1, 2, -1, -2].map((k) => (near + k) * unit);
  const candidates = [said, 1, 0, floor, ceiling, (floor + ceiling) / 2, ...steps];
  return candidates.find((value) => value !== undefined && fits(value)) ?? unfit('no number is within its bounds');
};

const fitList = (filling: Filling, schema: Json, member: string, depth: number): readonly unknown[] => {
  const least = number(schema.minItems) ?? 0;
  const most = number(schema.maxItems) ?? Number.POSITIVE_INFINITY;
  const heads = Array.isArray(schema.prefixItems)
    ? schema.prefixItems
    : Array.isArray(schema.items)
      ? schema.items
      : [];
  const rest = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  if (least > most || least > MOST_VALUES) return unfit('no list is that long');
  const each = flat(filling, rest === false ? {} : rest, depth);
  const kinds = [each.type].flat();
  const plain =
    each.enum === undefined && each.const === undefined && each.pattern === undefined && each.format === undefined;
  const said = kinds.includes('string') && plain && heads.length === 0 ? filling.evidence.entries() : [];
  const wanted =
    rest === false
      ? heads.length
      : Math.max(heads.length, Math.min(said.length, MOST_ENTRIES), least, said.length === 0 ? 1 : 0);
  const size = depth > 2 * OPTIONAL_DEPTH ? Math.max(least, heads.length) : wanted;
  const values: unknown[] = [];
  for (let i = 0; i < Math.min(size, most); i++) {
    const entry = said[i];
    const length = entry === undefined ? 0 : [...entry].length;
    const usable =
      entry !== undefined && length >= (number(each.minLength) ?? 0) && length <= (number(each.maxLength) ?? length);
    values.push(
      usable
        ? entry
        : i < heads.length
          ? fill(filling, heads[i], member, depth + 1)
          : distinct(filling, schema, each, values, member, depth),
    );
  }
  if (values.length < least) return unfit('the list is too short');
  return values;
};

/** An entry that is not in the list yet, where all must differ. */
const distinct = (
  filling: Filling,
  schema: Json,
  each: Json,
  values: readonly unknown[],
  member: string,
  depth: number,
): unknown => {
  if (schema.uniqueItems !== true) return fill(filling, each, member, depth + 1);
  charge(filling, [each, values]);
  const had = new Set(values.map((value) => JSON.stringify(value)));
  const isNew = (value: unknown): boolean => !had.has(JSON.stringify(value));
  if (Array.isArray(each.enum)) return each.enum.find(isNew) ?? unfit('there are not enough different entries');
  const value = fill(filling, each, member, depth + 1);
  if (isNew(value)) return value;
  const above = number(each.multipleOf) ?? 1;
  const next =
    typeof value === 'number'
      ? fill(filling, { ...each, minimum: Math.max(...values.map(Number)) + above }, member, depth + 1)
      : typeof value === 'string' && each.pattern === undefined && each.format === undefined
        ? fitText(filling, { ...each, const: undefined }, `${member} ${values.length + 1}`)
        : value;
  return isNew(next) ? next : unfit('there are not enough different entries');
};

const fitObject = (filling: Filling, schema: Json, depth: number): Json => {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = array(schema.required).map(String);
  const made: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(properties)) {
    const needed = required.includes(name);
    if (!needed && depth >= OPTIONAL_DEPTH) continue;
    if (!needed && !filling.everything && !isSaid(filling, name, inner, depth)) continue;
    made.push([name, fill(filling, inner, name, depth + 1)]);
  }
  const others = isRecord(schema.additionalProperties) ? schema.additionalProperties : {};
  for (const name of required)
    if (!Object.hasOwn(properties, name)) {
      if (schema.additionalProperties === false || schema.patternProperties !== undefined)
        unfit(`${name} is required and not allowed`);
      made.push([name, fill(filling, others, name, depth + 1)]);
    }
  const least = number(schema.minProperties) ?? 0;
  const most = number(schema.maxProperties) ?? Number.POSITIVE_INFINITY;
  if (schema.patternProperties === undefined && schema.additionalProperties !== false)
    for (let i = 1; made.length < least; i++) made.push([`key${i}`, fill(filling, others, `key${i}`, depth + 1)]);
  if (made.length < least || made.length > most) return unfit('it has too few or too many members');
  return Object.fromEntries(made);
};

/** Whether a question says something of a member that is not required. */
const isSaid = (filling: Filling, name: string, schema: unknown, depth: number): boolean => {
  const { enum: options, type } = flat(filling, schema, depth);
  const { evidence } = filling;
  if (Array.isArray(options)) return evidence.option(options.filter((each) => typeof each === 'string')) !== undefined;
  return (
    [type].flat().some((each) => each === 'string' || each === 'number' || each === 'integer') && evidence.names(name)
  );
};

const denied = /\b(?:not|no|never|without|don't|dont|isn't|false|off|disable)\b/i;

const kindOf = (schema: Json): unknown => {
  const kinds = [schema.type].flat().filter((each) => each !== undefined);
  if (schema.type !== undefined && kinds.length === 0) return unfit('no type is allowed');
  if (kinds.length > 0) return kinds.find((each) => each !== 'null') ?? kinds[0];
  if (schema.properties !== undefined || schema.required !== undefined || schema.additionalProperties !== undefined)
    return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined || schema.minItems !== undefined) return 'array';
  if (
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'].some(
      (name) => schema[name] !== undefined,
    )
  )
    return 'number';
  return 'any';
};

/** The first alternative that can be filled. */
const alternative = (
  filling: Filling,
  schema: Json,
  alternatives: readonly unknown[],
  member: string,
  depth: number,
): unknown => {
  const { anyOf: _, oneOf: __, ...rest } = schema;
  let last: AtomaError | undefined;
  // `null` is the last resort: it says nothing.
  const sorted = [...alternatives].sort(
    (a, b) => Number(isRecord(a) && a.type === 'null') - Number(isRecord(b) && b.type === 'null'),
  );
  for (const each of sorted) {
    try {
      return fill(filling, merge(rest, flat(filling, each, depth)), member, depth + 1);
    } catch (error) {
      if (!isAtomaError(error, 'ENGINE_SCHEMA') || filling.made > MOST_VALUES || filling.letters > MOST_LETTERS)
        throw error;
      last = error;
    }
  }
  return last === undefined ? unfit('there is no alternative') : unfit(String(last.details.why));
};

const fill = (filling: Filling, given: unknown, member: string, depth: number): unknown => {
  if (++filling.made > MOST_VALUES || depth > MOST_DEPTH) return unfit('it is too large');
  const schema = flat(filling, given, depth);
  const { evidence } = filling;
  if (Object.hasOwn(schema, 'const')) return schema.const;
  if (Array.isArray(schema.enum)) {
    const kinds = [schema.type].flat();
    const options = schema.enum.filter(
      (each) =>
        schema.type === undefined ||
        kinds.includes(typeOf(each)) ||
        (kinds.includes('number') && typeof each === 'number'),
    );
    const said = evidence.option(options.filter((each) => typeof each === 'string'));
    return said ?? (options.length > 0 ? options[0] : unfit('no value is allowed'));
  }
  for (const alternatives of [schema.anyOf, schema.oneOf])
    if (Array.isArray(alternatives)) return alternative(filling, schema, alternatives, member, depth);
  switch (kindOf(schema)) {
    case 'object':
      return fitObject(filling, schema, depth);
    case 'array':
      return fitList(filling, schema, member, depth);
    case 'integer':
      return fitNumber(filling, schema, member, true);
    case 'number':
      return fitNumber(filling, schema, member, false);
    case 'boolean':
      return !denied.test(evidence.question);
    case 'null':
      return null;
    case 'string':
      return fitText(filling, schema, member);
    default:
      return depth === 0 ? { answer: evidence.answer() } : anything(filling, schema, member);
  }
};

/** A member without a type: a number where the question has one for it, else a text. */
const anything = (filling: Filling, schema: Json, member: string): unknown => {
  const text = filling.evidence.text(member);
  if (text === undefined) return filling.evidence.number(member) ?? fitText(filling, schema, member);
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
};

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

/** Fills a schema; `everything`: members that are not required too. */
export const fillSchema = (schema: unknown, evidence: Evidence, everything: boolean): Filled | Unfit => {
  try {
    const filling: Filling = { root: isRecord(schema) ? schema : {}, evidence, everything, made: 0, letters: 0 };
    return { kind: 'filled', value: fill(filling, schema, '', 0) };
  } catch (error) {
    if (isAtomaError(error, 'ENGINE_SCHEMA')) return { kind: 'unfit', why: String(error.details.why) };
    throw error;
  }
};
