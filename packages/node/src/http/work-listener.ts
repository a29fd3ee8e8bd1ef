/** Billable requests on the public surface: what costs something is answered without a framework in between. */
import { clientSignal, headerOf, inServerSpan, writeAnswer } from '@atoma/base';
import type { NodeContext } from '../context.ts';
import { roleEndpoints } from '../serve/plan.ts';
import { createWorkHandler } from '../serve/work.ts';
import { readRequestBody } from './body.ts';
import type { FirstListener } from './listen.ts';

/** Answers requests to billable endpoints; every other one is left. */
export const createWorkListener = (node: NodeContext): FirstListener => {
  const work = createWorkHandler(node);
  const billable: ReadonlySet<string> = new Set(Object.values(roleEndpoints).flat());
  return (incoming, outgoing) => {
    const url = incoming.url ?? '';
    const mark = url.indexOf('?');
    const endpoint = mark < 0 ? url : url.slice(0, mark);
    if (incoming.method !== 'POST' || !billable.has(endpoint)) return false;
    const answer = (): Promise<void> =>
      work({
        endpoint,
        query: mark < 0 ? '' : url.slice(mark),
        header: (name) => headerOf(incoming, name),
        readBody: (limit, timeoutMs) => readRequestBody(incoming, limit, timeoutMs),
        signal: clientSignal(outgoing),
      })
        .then((reply) => writeAnswer(outgoing, reply))
        .catch(() => void outgoing.destroy());
    inServerSpan(incoming, outgoing, { 'url.path': endpoint, 'atoma.part': 'node' }, () => void answer());
    return true;
  };
};
