import type { IncomingMessage, ServerResponse } from 'node:http';
import { fundAddress, getTransaction, type Ledger } from '../rpc/ledger-functions.ts';
import { httpStatus, isRecord, readJson, sendJson } from './http-io.ts';
import { serverError } from './server-errors.ts';

/** MIST a faucet request sends: 10 SUI. */
export const FAUCET_AMOUNT = 10_000_000_000n;

const recipientOf = (body: Readonly<Record<string, unknown>>): string => {
  const request = body.FixedAmountRequest;
  const recipient = isRecord(request) ? request.recipient : undefined;
  if (typeof recipient !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(recipient))
    throw serverError('BAD_FIELD', {
      field: 'FixedAmountRequest.recipient',
      expected: 'an address: 0x and up to 64 hex digits',
    });
  return recipient.slice(2).toLowerCase().padStart(64, '0');
};

const coinsSent = (ledger: Ledger, digest: string, recipient: string, amount: bigint): readonly object[] =>
  (getTransaction(ledger, digest)?.effects.changedObjects ?? [])
    .filter(({ idOperation, output }) => {
      if (idOperation !== 'created' || output?.kind !== 'object') return false;
      return output.owner.kind === 'address' && output.owner.address === recipient;
    })
    .map(({ id }) => ({ amount: Number(amount), id: `0x${id}`, transferTxDigest: digest }));

/** What the faucet needs. */
export interface FaucetOptions {
  readonly ledger: Ledger;
  /** MIST per request. */
  readonly amount: bigint;
  /** Called after a coin was sent. */
  readonly notify: () => void;
}

/** Paths of the faucet: today's, and the first one, which older tools still call. */
export const isFaucetPath = (path: string | undefined): boolean => path === '/v2/gas' || path === '/gas';

/**
 * `POST /v2/gas` in the form of Sui's faucet, which the SDK's `requestSuiFromFaucetV2` speaks. Failures are
 * `{"status": {"Failure": {"internal": why}}}`: any other shape crashes that helper.
 * `POST /gas` takes the same body and answers in the first faucet's form: `transferredGasObjects` and `error`.
 */
export const serveFaucet = async (
  { ledger, amount, notify }: FaucetOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const isFirstForm = request.url === '/gas';
  try {
    const recipient = recipientOf(await readJson(request));
    const digest = fundAddress(ledger, recipient, amount);
    notify();
    const sent = coinsSent(ledger, digest, recipient, amount);
    sendJson(
      response,
      200,
      isFirstForm ? { transferredGasObjects: sent, error: null } : { status: 'Success', coins_sent: sent },
    );
  } catch (error) {
    const internal = error instanceof Error ? error.message : String(error);
    const failure = isFirstForm
      ? { transferredGasObjects: [], error: internal }
      : { status: { Failure: { internal } } };
    sendJson(response, httpStatus(error), failure);
  }
};
