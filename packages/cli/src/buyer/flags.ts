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
    choice('independent: level 1 only where a server’s checkers can be others; any: the cheapest offer', [
      'independent',
      'any',
    ]),
  ),
  price: optional(u64('offered for one unit; chosen when left out', 'BASE_UNITS', 'base units', 1n)),
};
/** Flags of every command that may buy. */
export const spendingFlags = {
  ...termsFlags,
  maxPrice: optional(u64('most for one unit; no limit when left out', 'BASE_UNITS', 'base units', 1n)),
  stackUnits: optional(u64('units of a stack that is bought (default 1000000)', 'UNITS', 'compute units', 1n)),
  capRequest: optional(amount('most for one request')),
  capStack: optional(amount('most for one stack')),
  capDay: optional(amount('most for the stacks of 24 hours')),
  capTotal: optional(amount('most for all stacks of this wallet’s journal')),
  evidence: optional(
    text('at level 2: which evidence you accept, a file as `attest policy` prints it', 'FILE', 'file'),
  ),
  forget: toggle('at level 2: keep what opens answers in memory only, so that none can be fetched again later'),
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
  prompt: optional(words('what to ask; `-` reads it from standard input; a conversation when left out', 'PROMPT')),
  model: optional(text('model; the cheapest chat model on offer when left out', 'MODEL')),
  system: optional(text('system message', 'TEXT')),
  maxTokens: optional(integer('longest answer', 'N', 1, 1_000_000, 'tokens')),
  ...spendingFlags,
};
/** Flags of `embed`. */
export const embedFlags = {
  input: words('text to embed; `-` reads standard input', 'TEXT'),
  model: optional(text('model; the cheapest embedding model on offer when left out', 'MODEL')),
  ...spendingFlags,
};
/** Flags of `watch`. */
export const watchFlags = {
  once: toggle('look once and end, instead of watching until interrupted'),
  mode: withDefault(choice('what to do about a wrong settlement', ['auto', 'ask', 'off']), 'auto'),
  maxBond: optional(amount('largest bond of a dispute; it returns when the dispute is won')),
  minimumOverClaim: optional(u64('over-claims below this are let pass', 'UNITS', 'compute units', 1n)),
  every: withDefault(integer('seconds between two looks', 'SECONDS', 1, 86_400, 'seconds'), 10),
  receipts: optional(text('take receipts of a file of `receipts export` first', 'FILE', 'file')),
};
/** Flags of `receipts list`. */
export const receiptsListFlags = {
  stack: optional(smallId('only of this stack', 'stack')),
  limit: withDefault(integer('most rows to show', 'N', 1, 100_000, 'rows'), 50),
};
/** Flags of `receipts verify`. */
export const receiptsVerifyFlags = {
  file: text('file of `receipts export`; `-` reads standard input', 'FILE', 'file'),
  node: optional(objectId('address the receipts must be signed by; any when left out')),
};
/** Flags of `receipts audit`. */
export const receiptsAuditFlags = {
  stack: smallId('stack to audit', 'stack'),
  offline: toggle('ask neither node nor chain: the journal alone, against the settlement as it was last seen'),
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
  file: optional(text('file to write; standard output when left out', 'FILE', 'file')),
};
