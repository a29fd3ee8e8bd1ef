/** The admin interface of a served ledger. */
import { record, text } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import { askJson, isTemporary, type JsonAnswer } from './ask-json.ts';

/** A ledger and the network it is reached as. */
export interface Served {
  readonly url: string;
  readonly network: { readonly name: string };
}

/** Where a chain stands. */
export interface State {
  readonly chainId: string;
  readonly epoch: number;
  readonly epochStartMs: number;
  readonly checkpoint: number;
  readonly timestampMs: number;
}

/** How long an order may take, ms. */
const ORDER_MS = 25_000;
/** The same for one that writes or reads a whole ledger. */
const COPY_MS = 600_000;

const notServed = ({ url, network }: Served, path: string, what: string) =>
  cliError('NOT_ON_THIS_NETWORK', { command: `chain ${path}`, network: network.name, why: `${what} at ${url}.` });

const failureOf = (ledger: Served, path: string, { status, body }: JsonAnswer) => {
  const { message, hint } = record(body.error);
  if (typeof message === 'string' && status !== 404)
    return cliError('LEDGER_REFUSED', { url: ledger.url, why: message, remedy: text(hint) });
  if (isTemporary(status))
    return cliError('UNREACHABLE', {
      network: ledger.network.name,
      url: ledger.url,
      why: `it answered HTTP ${status}`,
    });
  return notServed(ledger, path, `it is not offered (HTTP ${status})`);
};

const ask = async (ledger: Served, path: string, order?: object, limitMs?: number): Promise<JsonAnswer['body']> => {
  const url = new URL(`/admin/${path}`, ledger.url).href;
  const answer = await askJson({ network: ledger.network.name, url }, order, limitMs);
  if (answer.status !== 200) throw failureOf(ledger, path, answer);
  return answer.body;
};

/** Gives an order: `clock`, `epoch`. */
export const orderLedger = (ledger: Served, path: string, order: object): Promise<unknown> =>
  ask(ledger, path, order, ORDER_MS);

/** Gives the process that serves the embedded ledger an order about all of it: `export`, `load`, `reset`. */
export const orderServer = ({ url }: { readonly url: string }, path: string, order: object): Promise<unknown> =>
  ask({ url, network: { name: 'embedded' } }, path, order, COPY_MS);

/** Where the chain stands; `start` is the last checkpoint of how it was made, where the ledger knows it. */
export const servedState = async (ledger: Served): Promise<State & { readonly start?: number }> => {
  const body = await ask(ledger, 'status');
  const number = (name: keyof State): number => {
    const value = body[name];
    if (typeof value === 'number') return value;
    throw notServed(ledger, 'status', 'what answers is no ledger of this program');
  };
  return {
    chainId: text(body.chainId),
    epoch: number('epoch'),
    epochStartMs: number('epochStartMs'),
    checkpoint: number('checkpoint'),
    timestampMs: number('timestampMs'),
    ...(typeof body.start === 'number' ? { start: body.start } : {}),
  };
};

/** Digest of everything the chain holds. */
export const servedDigest = async (ledger: Served): Promise<string> => text((await ask(ledger, 'digest')).stateDigest);
