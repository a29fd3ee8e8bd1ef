import {
  amount,
  choice,
  integer,
  objectId,
  optional,
  requestId,
  smallId,
  smallIds,
  text,
  toggle,
  u64,
  withDefault,
  words,
} from '../kernel/flags.ts';

/** Flags that say whose offers may be taken. */
export const termsFlags = {
  level: optional(
    choice('security level to buy at (default: 1 where enough independent owners sell, else 0)', ['0', '1', '2']),
  ),
  task: optional(smallIds('tasks to buy from, also ones that name no model (default: those that name the model)')),
  nodePolicy: optional(
    choice('independent: level 1 only where other owners can check the node; any: cheapest offer', [
      'independent',
      'any',
    ]),
  ),
  price: optional(u64('price to offer for one unit (default: chosen for you)', 'BASE_UNITS', 'base units', 1n)),
};
/** Flags of every command that may buy. */
export const spendingFlags = {
  ...termsFlags,
  maxPrice: optional(u64('highest price for one unit (default: no limit)', 'BASE_UNITS', 'base units', 1n)),
  stackUnits: optional(u64('units per stack bought (default 1000000)', 'UNITS', 'compute units', 1n)),
  capRequest: optional(amount('most for one request')),
  capStack: optional(amount('most for one stack')),
  capDay: optional(amount('most for the stacks of 24 hours')),
  capTotal: optional(amount('most for all stacks of this wallet’s journal')),
  evidence: optional(
    text('at level 2: file with the evidence you accept, as printed by `attest policy`', 'FILE', 'file'),
  ),
  forget: toggle('at level 2: keep the keys of answers in memory only; answers cannot be fetched again later'),
};
/** Flags of `quote`. */
export const quoteFlags = {
  model: text('model to quote; `atoma task list` shows them', 'MODEL'),
  tokens: withDefault(text('units to quote, such as 20000, 20k or 1.5M', 'UNITS'), '1M'),
  ...termsFlags,
};
/** Flags of `buy`. */
export const buyFlags = {
  model: text('model to buy units of', 'MODEL'),
  units: optional(text('units, such as 200k or 1M (default: --stack-units)', 'UNITS')),
  ...spendingFlags,
};
/** Flags of `chat`. */
export const chatFlags = {
  prompt: optional(words('what to ask; `-` reads it from standard input (default: a conversation)', 'PROMPT')),
  model: optional(text('model (default: the cheapest chat model on offer)', 'MODEL')),
  system: optional(text('system message', 'TEXT')),
  maxTokens: optional(integer('longest answer', 'N', 1, 1_000_000, 'tokens')),
  ...spendingFlags,
};
/** Flags of `embed`. */
export const embedFlags = {
  input: words('text to embed; `-` reads standard input', 'TEXT'),
  model: optional(text('model (default: the cheapest embedding model on offer)', 'MODEL')),
  ...spendingFlags,
};
/** Flags of `watch`. */
export const watchFlags = {
  once: toggle('check once and exit instead of watching until interrupted'),
  mode: withDefault(choice('what to do about a wrong settlement', ['auto', 'ask', 'off']), 'auto'),
  maxBond: optional(
    amount('largest bond of a dispute, returned if you win, or payment for rows of evidence, kept by jurors'),
  ),
  minimumOverClaim: optional(u64('ignore over-claims below this', 'UNITS', 'compute units', 1n)),
  every: withDefault(integer('seconds between checks', 'SECONDS', 1, 86_400, 'seconds'), 10),
  receipts: optional(text('first import receipts from a file written by `receipts export`', 'FILE', 'file')),
};
/** Flags of `receipts list`. */
export const receiptsListFlags = {
  stack: optional(smallId('only of this stack', 'stack')),
  limit: withDefault(integer('rows to show at most', 'N', 1, 100_000, 'rows'), 50),
};
/** Flags of `receipts verify`. */
export const receiptsVerifyFlags = {
  file: text('file written by `receipts export`; `-` reads standard input', 'FILE', 'file'),
  node: optional(objectId('address that must have signed the receipts (default: any)')),
};
/** Flags of `receipts audit`. */
export const receiptsAuditFlags = {
  stack: smallId('stack to audit', 'stack'),
  offline: toggle('ask neither node nor chain; compare the journal with the settlement as last seen'),
};
/** Flags of `receipts restore`. */
export const receiptsRestoreFlags = { stack: smallId('stack whose node lost receipts', 'stack') };
/** Flags of `receipts prove`. */
export const receiptsProveFlags = {
  stack: smallId('stack of the request', 'stack'),
  index: optional(integer('place of the request in the stack’s history', 'INDEX', 0, 2 ** 31, 'as a place')),
  requestId: optional(requestId('id of the request instead of its place')),
};
/** Flags of `receipts export`. */
export const receiptsExportFlags = {
  stack: optional(smallId('only of this stack', 'stack')),
  file: optional(text('file to write (default: standard output)', 'FILE', 'file')),
};
/** Flags of `hand-off`. */
export const handOffFlags = {
  stack: smallId('stack to give away', 'stack'),
  to: objectId('address that takes it over; it must never have owned the stack'),
};
/** Flags of `take-over`. */
export const takeOverFlags = { handoff: text('what `hand-off` printed, base64', 'HANDOFF') };
