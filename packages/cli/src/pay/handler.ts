import { formatAmount, payFetch, readJsonObject, text } from '@atoma/sdk';
import { needsYes } from '../buyer/needs-yes.ts';
import { openSession } from '../chain/session.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler } from '../kernel/command.ts';
import type * as specs from './flags.ts';

const transactionOf = (response: Response): string | null => {
  const header = response.headers.get('payment-response');
  if (header === null) return null;
  const read = readJsonObject(Buffer.from(header, 'base64'));
  return (read.kind === 'read' && text(read.json.transaction)) || null;
};

const isAddress = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

/** `atoma pay` */
export const pay: Handler<typeof specs.payFlags> = async (run, { url, data, most = 10_000_000n }) => {
  if (!isAddress(url))
    throw cliError('BAD_VALUE', { flag: 'URL', why: `${url} is no address.`, hint: 'Give http://... or https://...' });
  if (run.common.dryRun)
    throw cliError('USAGE', {
      what: 'A request to somebody else cannot be simulated.',
      hint: 'See what it costs: `curl -i` shows the header PAYMENT-REQUIRED.',
    });
  const { atoma, chain } = await openSession(run, 'wallet');
  await needsYes(run, chain.network.name);
  const body = data === '-' ? run.io.readStdin() : data;
  const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const { response, amount } = await payFetch(atoma, { most }, url, init);
  const text = await response.text();
  if (!response.ok)
    throw cliError('NODE_REFUSED', { why: `status ${response.status}: ${text.slice(0, 500)}`, remedy: '' });
  const transaction = transactionOf(response);
  if (amount !== null) run.note(`paid ${formatAmount(amount)}, transaction ${transaction ?? 'not told'}`);
  return {
    data: { status: response.status, paid: amount, transaction, body: text },
    short: text,
    lines: () => [text],
  };
};
