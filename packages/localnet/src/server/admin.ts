import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbsolute } from 'node:path';
import { allowGasless } from '../allow-gasless.ts';
import { advanceClock, advanceEpoch } from '../clock.ts';
import { replayLedger } from '../replay.ts';
import { restoreCopy } from '../restore-copy.ts';
import { chainState, type Ledger } from '../rpc/ledger-functions.ts';
import {
  exportLedger,
  ledgerSize,
  resetToStart,
  restoreCheckpoint,
  startOf,
  stateDigest,
  takeSnapshot,
} from '../snapshot.ts';
import { errorBody, httpStatus, readJson, sendJson } from './http-io.ts';
import { serverError } from './server-errors.ts';

type Body = Readonly<Record<string, unknown>>;
type Route = (ledger: Ledger, body: Body) => unknown;

const LOOPBACK_ADDRESS = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * Only programs on this machine: the peer is a loopback address, the name it used is one too (a rebound DNS name is not),
 * and no web page sent the request but one that this server itself showed.
 */
const assertLocal = (request: IncomingMessage): void => {
  const isLocal =
    LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(request.headers.host ?? '') &&
    (request.headers.origin === undefined || request.headers.origin === `http://${request.headers.host}`);
  if (!isLocal) throw serverError('FORBIDDEN');
};

const wholeNumber = (body: Body, field: string, least: number, fallback?: number): number => {
  const value = body[field] ?? fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw serverError('BAD_FIELD', { field, expected: `a whole number from ${least}` });
};

const absoluteFile = (body: Body): string => {
  const { file } = body;
  if (typeof file === 'string' && isAbsolute(file)) return file;
  throw serverError('BAD_FIELD', { field: 'file', expected: 'an absolute path' });
};

/** Back to a checkpoint; everything after it is gone. */
const restore = (ledger: Ledger, checkpoint: number): unknown => {
  restoreCheckpoint(ledger, checkpoint);
  return chainState(ledger);
};

const allow = (ledger: Ledger, body: Body): unknown => {
  const { coinType } = body;
  if (typeof coinType !== 'string')
    throw serverError('BAD_FIELD', { field: 'coinType', expected: 'a coin type, as 0x..::usdc::USDC' });
  const least = wholeNumber(body, 'least', 0, 0);
  allowGasless(ledger, coinType, BigInt(least));
  return { coinType, least };
};

const exportTo = (ledger: Ledger, file: string): unknown => {
  exportLedger(ledger, file);
  return { file };
};

/** Back, or ahead, to an exported copy of this chain, or of another one when the caller says so. */
const load = (ledger: Ledger, body: Body): unknown => {
  const { otherChain = false } = body;
  if (typeof otherChain !== 'boolean')
    throw serverError('BAD_FIELD', { field: 'otherChain', expected: 'true or false' });
  restoreCopy(ledger, absoluteFile(body), { otherChain });
  return chainState(ledger);
};

/** Back to where the ledger's owner began. */
const reset = (ledger: Ledger): unknown => {
  resetToStart(ledger);
  return chainState(ledger);
};

const routes: Readonly<Record<string, Route>> = {
  'GET /admin/status': (ledger) => ({ ...chainState(ledger), start: startOf(ledger), size: ledgerSize(ledger) }),
  'POST /admin/clock': (ledger, body) => advanceClock(ledger, wholeNumber(body, 'ms', 1)),
  'POST /admin/epoch': (ledger, body) => advanceEpoch(ledger, wholeNumber(body, 'count', 1, 1)),
  'POST /admin/gasless': (ledger, body) => allow(ledger, body),
  'POST /admin/snapshot': (ledger) => ({ checkpoint: takeSnapshot(ledger) }),
  'POST /admin/restore': (ledger, body) => restore(ledger, wholeNumber(body, 'checkpoint', 0)),
  'POST /admin/reset': reset,
  'POST /admin/replay': (ledger) => replayLedger(ledger),
  'GET /admin/digest': (ledger) => ({ stateDigest: stateDigest(ledger) }),
  'POST /admin/load': load,
  'POST /admin/export': (ledger, body) => exportTo(ledger, absoluteFile(body)),
};

/** Whether a path belongs to the admin interface. */
export const isAdminPath = (path: string): boolean => path === '/admin' || path.startsWith('/admin/');

/** Moves the clock and the epoch, takes and restores snapshots. JSON in, JSON out; programs on this machine only. */
export const serveAdmin = async (
  ledger: Ledger,
  notify: () => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    assertLocal(request);
    const { method = 'GET', url = '' } = request;
    const name = `${method} ${url}`;
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (!route) throw serverError('NO_SUCH_ROUTE', { method, path: url });
    const result = await route(ledger, await readJson(request));
    notify();
    sendJson(response, 200, result);
  } catch (error) {
    sendJson(response, httpStatus(error), errorBody(error));
  }
};
