/** What a challenger gives to the jury: requests with the receipts their node signed for them. */
import { toBase64 } from '../../wire/headers.ts';
import type { BuyerContext } from '../context.ts';
import { inquire } from '../inquiry.ts';
import type { JournalRequest } from '../journal/types.ts';

const row = (request: JournalRequest): string =>
  JSON.stringify({
    index: request.index,
    envelope: toBase64(request.envelope),
    signature: toBase64(request.signature),
    authority: 0,
    body: toBase64(request.body ?? new Uint8Array()),
    cut: null,
    receipt: toBase64(request.answer as Uint8Array),
    receipt_signature: toBase64(request.answerSignature as Uint8Array),
  });

/** Rows of evidence, one a line: every request of the stack that has a receipt. */
export const evidenceLines = async ({ journal }: Pick<BuyerContext, 'journal'>, stack: bigint): Promise<string> => {
  // What is kept of a sealed request is for its buyer alone.
  const sealed = (await journal.findStack(stack))?.level === 2;
  return [...(await journal.listRequests({ stack, stages: ['receipt'], limit: Number.MAX_SAFE_INTEGER }))]
    .filter(({ envelope }) => envelope.length > 0)
    .sort((a, b) => (a.index as number) - (b.index as number))
    .map((request) => `${row(sealed ? { ...request, body: null } : request)}\n`)
    .join('');
};

const mark = (stack: bigint, juror: bigint): string => `evidence/${stack}/${juror}`;

/** Jurors that have not taken the evidence yet. */
export const withoutEvidence = async (
  { journal }: Pick<BuyerContext, 'journal'>,
  stack: bigint,
  jurors: readonly bigint[],
): Promise<readonly bigint[]> => {
  const marks = await Promise.all(jurors.map((juror) => journal.getSetting(mark(stack, juror))));
  return jurors.filter((_, at) => marks[at] === undefined);
};

/** Pushes the evidence to every juror that has not taken it yet; returns how many still miss it. */
export const pushEvidence = async (
  context: BuyerContext,
  stack: bigint,
  jurors: readonly bigint[],
): Promise<number> => {
  const open = await withoutEvidence(context, stack, jurors);
  if (open.length === 0) return 0;
  const body = new Uint8Array(Buffer.from(await evidenceLines(context, stack)));
  if (body.length === 0) return 0;
  const results = await Promise.all(
    open.map(async (juror) => {
      try {
        const path = `/v1/disputes/${stack}/evidence`;
        const { status } = await inquire(context, { node: juror, stack, path }, body);
        if (status !== 200) return false;
        await context.journal.putSetting(mark(stack, juror), '1');
        return true;
      } catch {
        return false;
      }
    }),
  );
  return results.filter((taken) => !taken).length;
};
