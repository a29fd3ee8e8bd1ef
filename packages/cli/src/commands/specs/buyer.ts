import { command, group } from '../../kernel/command.ts';
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
} from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';

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

const handlers = () => import('../handlers/buyer.ts');
const receipts = () => import('../handlers/receipts.ts');

const answerFields = {
  model: s.text('Model that answered.'),
  units: s.amount('Compute units charged.'),
  cost: s.amount('Base units of TOMA charged.'),
  price: s.amount('Base units of TOMA for one unit.'),
  stack_small_id: s.integer('Stack that paid.'),
  node_small_id: s.integer('Node that answered.'),
  request_id: s.text('Id of the request, 32 hex digits.'),
  confidential: s.orNull(
    s.text('Environment that answered a sealed request, with what must be said beside it; null: it was sent in clear.'),
  ),
  receipt: s.text('The node’s receipt, base64.'),
  receipt_signature: s.text('Its signature, base64.'),
};

/** Commands of a buyer of answers. */
export const buyerCommands = {
  quote: command({
    brief: 'What a model costs: every offer with price, reputation, stake, latency and total.',
    examples: ['quote --model atoma/demo-chat --tokens 20k', 'quote --model atoma/demo-chat --json'],
    next: 'buy --model atoma/demo-chat',
    access: 'read',
    flags: quoteFlags,
    output: s.shape('quote', {
      model: s.text('Model.'),
      units: s.amount('Compute units quoted.'),
      independent_nodes: s.integer('Owners of nodes that can be used now; nodes of one owner count once.'),
      offers: s.list(
        s.record({
          task_small_id: s.integer('Task.'),
          security_level: s.integer('0 to 2.'),
          node_small_id: s.integer('Node.'),
          owner: s.text('Address that runs it; empty when it is gone.'),
          price: s.amount('Base units of TOMA for one unit.'),
          max_units: s.amount('Largest stack it serves.'),
          reputation: s.integer('0 to 100.'),
          free_stake: s.amount('What it has for bonds, base units of TOMA.'),
          latency_ms: s.orNull({ type: 'number', description: 'Time of its last answer, ms; null when it gave none.' }),
          quantization: s.orNull(s.text('Precision of its weights, as it says; null when it does not.')),
          first_token_ms: s.orNull({ type: 'number', description: 'Time to the first piece of its streams here, ms.' }),
          units_per_second: s.orNull({ type: 'number', description: 'Units it generated here a second.' }),
          completion_rate: s.orNull({ type: 'number', description: 'Share of the latest requests here it answered.' }),
          requests: s.integer('Requests of this wallet it answered or failed at.'),
          receipts_checked: s.integer('Receipts of it that were checked here.'),
          problem: s.orNull(s.text('Why it cannot be used; null: it can.')),
          surcharge: s.amount('Part of the total that pays for checks, base units of TOMA.'),
          total: s.amount('What the units cost here, surcharge included, base units of TOMA.'),
        }),
        'Offers, cheapest first; those that cannot be used last.',
      ),
    }),
    load: async () => (await handlers()).quote,
  }),
  buy: command({
    brief: 'Buy compute units of a model from the cheapest reachable offer.',
    examples: ['buy --model atoma/demo-chat --units 500k', 'buy --model atoma/demo-chat --dry-run'],
    notes: '`atoma chat` and the gateway buy by themselves; this buys ahead.',
    next: 'chat "What is a receipt?"',
    access: 'write',
    flags: buyFlags,
    output: s.shape('buy', {
      status: s.text('bought or planned.'),
      model: s.text('Model.'),
      task_small_id: s.integer('Task.'),
      units: s.amount('Compute units.'),
      price: s.amount('Base units of TOMA for one unit.'),
      total: s.amount('Paid into escrow, surcharge included, base units of TOMA.'),
      offers: s.integer('Offers at this price.'),
      stack_small_id: s.orNull(s.integer('Stack; null when only planned.')),
      node_small_id: s.orNull(s.integer('Node drawn; null when only planned.')),
      digest: s.orNull(s.text('Transaction; null when only planned.')),
    }),
    load: async () => (await handlers()).buy,
  }),
  chat: command({
    brief: 'Ask a model and pay for the answer; the stack is bought if there is none, the receipt is checked.',
    examples: ['chat "What is a receipt?"', 'chat', 'chat --model atoma/demo-chat --max-tokens 100 "Who pays whom?"'],
    notes: 'The answer streams to standard output; what it cost is said on standard error.',
    next: 'receipts list',
    access: 'write',
    flags: chatFlags,
    positional: ['prompt'],
    output: s.shape('chat', {
      ...answerFields,
      content: s.text('The answer.'),
      finish_reason: s.orNull(s.text('Why it ended.')),
    }),
    load: async () => (await handlers()).chat,
  }),
  embed: command({
    brief: 'Turn text into a vector and pay for it.',
    examples: ['embed "a receipt"', 'embed --model atoma/demo-embed "a receipt" --json'],
    access: 'write',
    flags: embedFlags,
    positional: ['input'],
    output: s.shape('embed', {
      ...answerFields,
      dimensions: s.integer('Length of the vector.'),
      embedding: s.list({ type: 'number', description: 'Component.' }, 'The vector.'),
    }),
    load: async () => (await handlers()).embed,
  }),
  watch: command({
    brief: 'Watch this wallet’s stacks: judge settlements, dispute wrong ones, bring refunds home.',
    examples: ['watch', 'watch --once --json', 'watch --mode ask --max-bond 1TOMA'],
    notes:
      'A dispute needs one look between a settlement and its deadline two epochs later. The gateway watches by itself.',
    access: 'write',
    flags: watchFlags,
    output: s.shape('watch', {
      steps: s.list(
        s.record({
          stack_small_id: s.integer('Stack.'),
          did: s.text(
            'nothing, ended, accepted, warned, disputed, declined, evidence, resolved, finalized, expired, noticed or reclaimed.',
          ),
          finding: s.orNull(s.text('What a settlement was found to be.')),
          claimed: s.orNull(s.amount('Compute units the node claims.')),
          known: s.orNull(s.amount('Compute units the receipts prove.')),
        }),
        'What was done about each stack.',
      ),
    }),
    load: async () => (await handlers()).watch,
  }),
  receipts: group('Receipts: what nodes signed for, checked, proven, kept.', {
    list: command({
      brief: 'Receipts of this wallet, newest first.',
      examples: ['receipts list', 'receipts list --stack 1 --json'],
      next: 'receipts audit 1',
      access: 'read',
      flags: receiptsListFlags,
      output: s.shape('receipts.list', {
        receipts: s.list(
          s.record({
            stack_small_id: s.integer('Stack.'),
            index: s.integer('Place in the stack’s history.'),
            request_id: s.text('Id of the request.'),
            endpoint: s.text('Endpoint; empty when the request was made elsewhere.'),
            model: s.text('Model.'),
            units: s.amount('Compute units charged.'),
            cumulative: s.amount('Compute units of the stack up to here.'),
            time_ms: s.integer('When it was taken into the journal, ms since 1970.'),
          }),
          'Receipts.',
        ),
      }),
      load: async () => (await receipts()).listReceipts,
    }),
    verify: command({
      brief: 'Verify exported receipts with nothing but the file.',
      examples: ['receipts verify receipts.jsonl'],
      access: 'local',
      flags: receiptsVerifyFlags,
      positional: ['file'],
      output: s.shape('receipts.verify', {
        receipts: s.list(
          s.record({
            stack_small_id: s.integer('Stack.'),
            node_small_id: s.integer('Node.'),
            index: s.integer('Place in the stack’s history.'),
            request_id: s.text('Id of the request.'),
            units: s.amount('Compute units charged.'),
            signer: s.text('Address that signed it.'),
            buyer: s.orNull(s.text('Address that signed the request; null when it is not in the file.')),
            fault: s.orNull(s.text('What is wrong; null: nothing.')),
          }),
          'Every receipt with its verdict.',
        ),
        faults: s.integer('Receipts with a fault.'),
      }),
      load: async () => (await receipts()).verifyFile,
    }),
    audit: command({
      brief: 'Complete the receipts of a stack from its node and hold them against the chain.',
      examples: ['receipts audit 1', 'receipts audit 1 --offline'],
      next: 'receipts prove 1 --index 0',
      access: 'read',
      flags: receiptsAuditFlags,
      positional: ['stack'],
      output: s.shape('receipts.audit', {
        stack_small_id: s.integer('Stack.'),
        node_small_id: s.integer('Node.'),
        offline: s.bool('Whether neither node nor chain was asked.'),
        bought: s.amount('Compute units bought.'),
        receipts: s.integer('Receipts held.'),
        units: s.amount('Compute units they prove.'),
        gaps: s.integer('Places without a receipt.'),
        contradiction: s.orNull(s.text('How receipts contradict each other.')),
        fetched: s.integer('Receipts fetched just now.'),
        fault: s.orNull(s.text('Why the node did not answer.')),
        exposure: s.amount('Most that unresolved requests may add, compute units.'),
        claimed: s.orNull(s.amount('Compute units the node claims.')),
        root_matches: {
          type: ['boolean', 'null'],
          description: 'Whether the commitment on chain is the receipts’ own.',
        },
        agrees: s.bool('Whether everything fits.'),
      }),
      load: async () => (await receipts()).audit,
    }),
    restore: command({
      brief: 'Give a node back the receipts of a stack it lost, so that it takes work for it again.',
      examples: ['receipts restore 1'],
      notes: 'For a stack its node answers `stack_quarantined` for: its database was lost or set back.',
      access: 'read',
      flags: receiptsRestoreFlags,
      positional: ['stack'],
      output: s.shape('receipts.restore', {
        stack_small_id: s.integer('Stack.'),
        sent: s.integer('Receipts sent.'),
        adopted: s.integer('Receipts the node had lost.'),
        reopened: s.bool('Whether the stack takes work again.'),
      }),
      load: async () => (await receipts()).restore,
    }),
    prove: command({
      brief: 'Prove that one request is part of a stack’s history.',
      examples: ['receipts prove 1 --index 0', 'receipts prove 1 --index 0 --json'],
      access: 'read',
      flags: receiptsProveFlags,
      positional: ['stack'],
      output: s.shape('receipts.prove', {
        stack_small_id: s.integer('Stack.'),
        index: s.integer('Place of the request.'),
        units: s.amount('Compute units charged.'),
        merkle_root: s.bytes32('M of the history.'),
        total_units: s.amount('Compute units of the whole history.'),
        attesters: s.integer('k of the stack’s terms.'),
        committed_stack_proof: s.bytes32('What a settlement of this history puts on chain.'),
        settled_root: s.text('matches, differs, or unknown before a settlement was seen.'),
        proof: s.text('The proof, as `stack-proof verify --proof` reads it.'),
      }),
      load: async () => (await receipts()).prove,
    }),
    export: command({
      brief: 'Write receipts to a file, for keeping or for a watchtower elsewhere.',
      examples: ['receipts export --file receipts.jsonl', 'receipts export --stack 1'],
      next: 'receipts verify receipts.jsonl',
      access: 'read',
      flags: receiptsExportFlags,
      output: s.shape('receipts.export', {
        file: s.orNull(s.text('File written; null: the rows are in this document.')),
        receipts: s.integer('Receipts written.'),
        rows: s.list(s.anyRecord('One receipt as a line of the file.'), 'The rows, when no file is named.'),
      }),
      load: async () => (await receipts()).exportFile,
    }),
  }),
};
