/** Questions over HTTP, answered in JSON, to what is said to serve a chain: its admin interface, its faucet. */
import { connectionFault } from '@atoma/base';
import { record } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';

/** Where to ask, and as what a failure names it. */
export interface Place {
  readonly network: string;
  readonly url: string;
}

/** An answer; a body that is no JSON object is an empty one. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How long an answer may take, ms. */
export const ANSWER_MS = 15_000;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Asks, or orders with a body. Throws `CLI_UNREACHABLE` when no whole answer comes in time. */
export const askJson = async ({ network, url }: Place, body?: object, limitMs = ANSWER_MS): Promise<JsonAnswer> => {
  try {
    const answer = await fetch(url, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(limitMs),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: record(parsed(await answer.text())) };
  } catch (cause) {
    const why = connectionFault(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw cliError('UNREACHABLE', { network, url: new URL(url).origin, why }, cause);
  }
};

/** True for a status that says `not now`: too many requests, or a fault on the other side. */
export const isTemporary = (status: number): boolean => status === 429 || status >= 500;
