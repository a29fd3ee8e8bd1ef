/** Why a buyer's request was not made, not answered or not believed. */
import { defineErrors } from '@atoma/base';

/** Errors of buying and using compute units. */
export const buyerError = defineErrors('BUYER', {
  CAP: {
    message: 'The {cap} cap of {limit} would be passed: {wanted} is needed, {used} is used',
    hint: 'Raise the cap, ask for less, or wait until the period is over. Nothing was signed.',
  },
  NO_NODE: {
    message: 'No node can be bought from for {model}: {why}',
    hint: 'Offer a higher price, take any seller (node policy `any`), or wait.',
    retryable: true,
  },
  NO_TASK: {
    message: 'The market has no task for {model} at {endpoint}{nearest}',
    hint: 'Name a model that is offered; GET /v1/models of a gateway lists all.',
  },
  ENDPOINT: {
    message: '{endpoint} is not an endpoint of the market',
    hint: 'Chat, text completions, embeddings, images, speech, transcriptions and models are.',
  },
  BODY: { message: 'The request body cannot be used: {why}', hint: 'Send JSON (or a form for audio) with a model.' },
  TOO_LARGE: {
    message:
      '{param} is too large: the request may cost {wanted} units, and the largest stack on offer takes {most} in one',
    hint: 'Lower max_tokens or n, or shorten the prompt. Nothing was bought.',
  },
  UNTRUSTED: {
    message: 'Node {node} failed verification: {why}',
    hint: 'It is not used any more; the evidence is kept with the receipts.',
  },
  UNREACHABLE: {
    message: 'Node {node} did not answer: {why}',
    hint: 'The request may be charged up to its limit; it is resolved as soon as the node answers again.',
    retryable: true,
  },
  STREAM_BROKEN: {
    message: 'The answer of node {node} broke off: {why}',
    hint: 'Send the request again. What was charged is settled by its receipt.',
    retryable: true,
  },
  NO_CONFIDENTIAL_NODE: {
    message: 'No confidential node can be used for {model}: node {node}: {why}',
    hint: 'Nothing was sent. Change the policy if the reason is acceptable to you; never send it at another level unawares.',
    retryable: true,
  },
  LEVELS_MIXED: {
    message: 'Level 2 cannot be one of several levels: {levels}',
    hint: 'Ask for level 2 alone: what is meant to be confidential is never sent at another level.',
  },
  URL_REFUSED: {
    message: 'The announced address {url} is not used: {why}',
    hint: 'Only https to public addresses is; rehearsals on one machine may allow private nodes.',
  },
  JOURNAL: { message: 'The journal {path} refused: {why}', hint: 'Check free space and file permissions.' },
  JOURNAL_FOREIGN: {
    message: 'The journal {path} belongs to {known}, not to {wanted}',
    hint: 'Use one journal for each wallet and deployment.',
  },
  JOURNAL_IN_USE: {
    message: 'This wallet is in use on this chain by {holder} (journal {path})',
    hint: 'Stop it, send the request through it (a running gateway), or use another wallet.',
    retryable: true,
  },
  FROZEN: {
    message: 'The entry of a {what} in the journal cannot be read',
    hint: 'It was damaged, or another program wrote it: restore a copy of the journal.',
  },
  JOURNAL_NEWER: {
    message: 'The journal {path} was written by a newer version (schema {found}, this program knows {known})',
    hint: 'Use the newer program.',
  },
  OUTBOX: {
    message: 'The transaction {kind} {subject} did not go through: {why}',
    hint: 'See the reason; the money it would have moved is where it was.',
  },
  RECEIPT_UNKNOWN: { message: 'There is no receipt {what}', hint: 'Name a receipt of this journal.' },
  HISTORY_INCOMPLETE: {
    message: 'The receipts of stack {stack} are not complete: {why}',
    hint: 'Ask the node for the missing ones.',
  },
  HANDOFF: {
    message: 'Stack {stack} cannot be taken over by this handoff: {why}',
    hint: 'Do not pay for it. Its recorded owner can ask its node again, for an address that never owned the stack.',
  },
  EXPORT: { message: 'The file cannot be read as receipts: {why}', hint: 'Use a file of exported receipts.' },
  ANSWER_GONE: {
    message: 'Request {requestId} was charged {units} units, and its answer cannot be given again',
    hint: 'Its node no longer keeps it, or does not answer. Send the request with a new idempotency key to get a new answer.',
  },
  CLOSED: { message: 'The buyer is closed', hint: 'Make a new one.' },
});
