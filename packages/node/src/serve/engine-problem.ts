/** What an engine's fault is to whoever sent the request. */
import { AtomaError } from '@atoma/base';
import { type Problem, type ProblemCode, problem } from './problem.ts';

/** What an engine says against a request, before or while it runs. */
const rejected = ({ details }: AtomaError): Problem =>
  problem('engine_refused', {
    param: details.param ? String(details.param) : null,
    detail: String(details.why),
    extra: details.code ? { code: String(details.code) } : {},
  });

const engineProblems: Readonly<Record<string, (error: AtomaError) => Problem>> = {
  ENGINE_UNSUPPORTED: ({ details: { param, why } }) =>
    problem('unsupported_parameter', {
      param: String(param),
      ...(why === undefined ? {} : { detail: `${param}: ${why}` }),
    }),
  ENGINE_REJECTED: rejected,
  ENGINE_UNPROVABLE: ({ message, hint }) => problem('engine_refused', { detail: `${message}. ${hint}` }),
  ENGINE_CONTEXT: ({ details }) =>
    problem('context_length_exceeded', { param: 'messages', detail: String(details.why) }),
  ENGINE_UNAVAILABLE: () => problem('backend_unavailable'),
  ENGINE_OVERLOADED: ({ details: { seconds } }) =>
    problem('overloaded', Number(seconds) > 0 ? { retryAfterSeconds: Number(seconds) } : {}),
  ENGINE_FAILED: () => problem('backend_error'),
  ENGINE_TIMEOUT: () => problem('backend_timeout'),
};

/** Whatever an engine does, and whatever cannot be made of what it sent, is its failure; only the ledger's own faults are not. */
export const engineProblem = (error: unknown): Problem | undefined => {
  if (!(error instanceof AtomaError)) return problem('backend_error');
  const known = engineProblems[error.code];
  if (known) return known(error);
  return /^(WIRE|ENGINE)_/.test(error.code) ? problem('backend_error') : undefined;
};

/** Faults of an engine that say nothing of the request: whoever checks it has to try again. */
export const ownFaults: ReadonlySet<ProblemCode> = new Set([
  'model_not_served',
  'backend_unavailable',
  'backend_error',
  'backend_timeout',
  'overloaded',
]);
