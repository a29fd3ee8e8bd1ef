/** One answer for one idempotency key of a tenant, however often it is asked for. */
import { createHmac, hash } from 'node:crypto';
import type { Books } from '../books.ts';
import type { GatewayStore, StoredAnswer } from '../store/types.ts';
import { type ClientProblem, clientProblem } from './problem.ts';

const TTL_MS = 86_400_000;
/** Larger answers are not kept, bytes. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_NAME = 255;

/** A request that may run; `done` keeps its answer, or forgets the key when there is none. */
export interface IdempotentRun {
  /** Envelope of an earlier run of this request, which a crash or a client that went away cut short. */
  readonly resume?: string;
  readonly done: (answer: Omit<StoredAnswer, 'requestHash'> | null) => Promise<void>;
}

/** What is to be done with a request that has a key: run it, give the kept answer again, or refuse it. */
export type Begun =
  | { readonly kind: 'run'; readonly run: IdempotentRun }
  | { readonly kind: 'stored'; readonly answer: StoredAnswer }
  | ClientProblem;

/** Keeps answers by tenant and key. */
export interface Idempotency {
  readonly begin: (
    tenant: string,
    name: string,
    request: { readonly endpoint: string; readonly body: Uint8Array; readonly tag: string },
  ) => Promise<Begun>;
}

/** Makes it over the store. `secret`: of the wallet; without it nobody can try requests against the hashes that are kept. */
export const createIdempotency = (
  store: GatewayStore,
  now: () => number,
  resumable: Books['resumable'],
  secret: Uint8Array,
): Idempotency => {
  const running = new Set<string>();
  const look: (key: string, ...given: Parameters<Idempotency['begin']>) => Promise<Begun> = async (
    key,
    tenant,
    name,
    { endpoint, body, tag },
  ) => {
    const asked = Buffer.concat([Buffer.from(`${endpoint}\n`), body]);
    const requestHash = new Uint8Array(createHmac('sha256', secret).update(asked).digest());
    // Rows of before were kept under a hash without a secret; they are gone a day later.
    const isSame = (kept: { readonly requestHash: Uint8Array }): boolean =>
      [requestHash, hash('sha256', asked, 'buffer')].some((each) => Buffer.compare(kept.requestHash, each) === 0);
    const stored = await store.findAnswer(tenant, name, now() - TTL_MS);
    if (stored) return isSame(stored) ? { kind: 'stored', answer: stored } : clientProblem('idempotency_conflict');
    const pending = await store.findPending(tenant, name, now() - TTL_MS);
    if (pending && !isSame(pending)) return clientProblem('idempotency_conflict');
    const tags = pending?.tags ?? [];
    const resume = await resumable(tags);
    if (resume.kind === 'running') return clientProblem('idempotency_running');
    await store.putPending(tenant, name, { requestHash, tags: [...tags, tag] }, now());
    const done: IdempotentRun['done'] = async (answer) => {
      try {
        if (answer && answer.body.length <= MAX_BYTES)
          await store.putAnswer(tenant, name, { ...answer, requestHash }, now());
      } finally {
        running.delete(key);
      }
    };
    return { kind: 'run', run: resume.kind === 'resume' ? { resume: resume.requestId, done } : { done } };
  };
  return {
    begin: async (tenant, name, request) => {
      if (name.length > MAX_NAME) return clientProblem('idempotency_malformed');
      const key = JSON.stringify([tenant, name]);
      if (running.has(key)) return clientProblem('idempotency_running');
      running.add(key);
      let runs = false;
      try {
        const begun = await look(key, tenant, name, request);
        runs = begun.kind === 'run';
        return begun;
      } finally {
        if (!runs) running.delete(key);
      }
    },
  };
};

/** Answers older than this are swept, ms since 1970. */
export const answersBefore = (now: number): number => now - TTL_MS;
