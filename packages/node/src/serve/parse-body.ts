/** A body as its endpoint's schema takes it, or which member is at fault and what it may be. */
import * as z from 'zod';
import type { Endpoint } from '../engine/types.ts';
import { type Checked, ok, type Problem, problem } from './problem.ts';
import { bodySchemas } from './schemas.ts';

type Body = Readonly<Record<string, unknown>>;

/** A number's limits in words; undefined for a schema of anything else, and for a number of any size. */
const range = (schema: unknown): string | undefined => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return range(schema.unwrap());
  if (!(schema instanceof z.ZodNumber)) return undefined;
  const { minValue: least, maxValue: most } = schema;
  const bounded = [least, most].map((each) => each !== null && Math.abs(each) < Number.MAX_SAFE_INTEGER);
  const limits = bounded[0] ? (bounded[1] ? ` from ${least} to ${most}` : `, ${least} or more`) : '';
  return limits === '' ? undefined : `expected a ${schema.format === null ? '' : 'whole '}number${limits}`;
};

/** What a schema wants in place of what was sent; of alternatives each. */
const expected = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_union' && issue.errors.length > 0
    ? [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expected)))].join(', or ')
    : issue.message.replace(/^(Invalid input|Invalid option): /, '');

const faultOf = (endpoint: Endpoint, error: z.ZodError): Problem => {
  const [issue] = error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const param = [path, issue.keys[0]].filter((each) => each !== '').join('.');
    const known = path === '' ? `; ${endpoint} takes ${Object.keys(bodySchemas[endpoint].shape).join(', ')}` : '';
    return problem('unsupported_parameter', { param, detail: `${param}${known}` });
  }
  const members: Readonly<Record<string, unknown>> = bodySchemas[endpoint].shape;
  const what = issue ? (range(members[path]) ?? expected(issue)) : 'it cannot be used';
  return problem('invalid_request', {
    param: path === '' ? null : path,
    detail: path === '' ? what : `${path}: ${what}`,
  });
};

/** Members that clients send empty when they ask for nothing. */
const emptyIsNothing: ReadonlySet<string> = new Set(['functions', 'logit_bias']);

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const asksNothing = ([name, value]: readonly [string, unknown]): boolean =>
  value === null || (emptyIsNothing.has(name) && isEmpty(value));

/** Without members that ask for nothing: those that are null, whatever their name, and some that are empty. */
const withoutNothing = <T>(body: T): T =>
  typeof body === 'object' && body !== null && !Array.isArray(body) && Object.entries(body).some(asksNothing)
    ? (Object.fromEntries(Object.entries(body).filter((each) => !asksNothing(each))) as T)
    : body;

/** Reads a body by the schema of its endpoint; no member of what comes back is null. */
export const parseBody = (endpoint: Endpoint, body: unknown): Checked<Body> => {
  const parsed = bodySchemas[endpoint].safeParse(withoutNothing(body));
  return parsed.success ? ok(withoutNothing<Body>(parsed.data)) : faultOf(endpoint, parsed.error);
};
