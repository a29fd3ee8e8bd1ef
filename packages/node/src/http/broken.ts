/** The answer to what is not even HTTP: the same error body as everywhere. */
import type { HeadFault } from '@atoma/base';
import { problem, problemJson, problems } from '../serve/problem.ts';

const details: Readonly<Record<HeadFault, string>> = {
  tooLong: 'the headers are too long',
  tooSlow: 'its headers took too long',
  broken: 'it is not HTTP',
};

/** Status and body for a request that could not be read. */
export const unreadable = (fault: HeadFault): { readonly status: number; readonly body: string } => {
  const code = fault === 'tooLong' ? 'envelope_malformed' : 'invalid_request';
  const { status } = problems[code];
  return { status, body: JSON.stringify(problemJson(problem(code, { detail: details[fault] }), null)) };
};
