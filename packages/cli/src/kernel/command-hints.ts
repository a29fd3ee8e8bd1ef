/** The next step where a command of this program is it: the SDK, which does not know the commands, says it in words of the protocol. */
import type { AtomaError } from '@atoma/base';
import type { ExecutionFailure } from '@atoma/sdk';

const ADVANCE = 'on the embedded network `chain advance` moves on';
const SHOW_STACK = 'look with `stack show` and `ticket show`';
const FOREIGN_ABORT = 'The contract refused the call; `atoma tx show` and the protocol page tell more.';

/** Flags that name a badge, by its kind. */
const badgeFlags: Readonly<Record<string, string>> = {
  node: '--node-small-id',
  task: '--task-badge',
  stack: '--stack-small-id',
  manager: '--manager-badge',
};

/** What is in back quotes is a command. */
const hints: Readonly<Record<string, string>> = {
  SDK_INSUFFICIENT_TOMA: 'On a test network get some with `atoma toma faucet --amount 100TOMA`; on mainnet buy TOMA.',
  SDK_INSUFFICIENT_SUI:
    'Where there is a faucet get some with `atoma wallet faucet`; on mainnet send SUI to this address.',
  SDK_WRONG_BADGE: 'Name the right object ({flag}), or leave it out.',
  SDK_AMBIGUOUS_BADGE: 'Say which one: {flag}.',
  SDK_OLDER_GENERATION:
    'Nothing was sent: its functions take other arguments. `wallet balance`, `wallet faucet` (SUI for gas) and `events` work here; for the rest publish the present contract with `atoma publish --network NAME`, which brings a TOMA faucet of its own, or name one with --package.',
  SDK_DECODE:
    'It was published by another version of this program. `atoma publish --another` puts the present contract beside it; a market kept by `atoma up --persist` begins anew when the folder up/ of the home (`atoma status` names it) is moved away.',
  NODE_INQUIRY: 'Where it does not run `atoma node run` starts it; `atoma node doctor` looks at everything else.',
  NETWORK_UNREACHABLE:
    'Check the connection and the address (`atoma network list`); `atoma chain start` serves a local ledger. The network up is there while `atoma up` runs; `atoma network use embedded` leaves it.',
  VALUE_PROOF: 'Use a file written by `stack-proof prove`.',
  SDK_NO_SUCH_OBJECT:
    'Check id and network; a deleted or wrapped object is shown by a version it had (--version), as long as the chain keeps that.',
  BUYER_NO_TASK:
    'See what is offered with `atoma task list` and `atoma quote --model NAME`; where there is no market, `atoma up` starts one here.',
  BUYER_NO_NODE: 'Look at `atoma quote`; raise the price, take any seller with --node-policy any, or wait.',
  BUYER_JOURNAL_IN_USE:
    'Stop it, send the request through it (a running gateway), or use another wallet. `receipts audit --offline` looks beside it.',
  BUYER_RECEIPT_UNKNOWN: 'List what there is: `atoma receipts list`.',
  BUYER_HISTORY_INCOMPLETE: 'Ask the node for the missing ones with `atoma receipts audit`.',
  BUYER_HANDOFF:
    'Do not pay for it. Its recorded owner asks its node again with `atoma hand-off --stack STACK --to ADDRESS`, for an address that never owned it.',
  BUYER_EXPORT: 'Use a file of `atoma receipts export`.',

  GATEWAY_KEY_UNKNOWN: 'List the keys: `atoma gateway keys list`.',
  GATEWAY_KEY_REVOKED: 'Make a new one: `atoma gateway keys create --tenant NAME`.',

  LEDGER_DATA_CORRUPT: 'Nothing was changed. Restore the file from an export, or start over with `chain reset`.',
  LEDGER_DATA_VERSION: 'Use the version that wrote it, or start over with `chain reset`.',
  LEDGER_FAUCET_EMPTY: 'Ask for less, or start over with `chain reset`.',

  EFaucetDisabled: 'Its publisher can switch it on with `toma enable-faucet`; elsewhere TOMA must be bought or given.',
  EFaucetAlreadyEnabled: 'Nothing to do: ask it with `toma faucet`.',
  EFaucetLimitExceeded: `Ask for less, or again in the next epoch; ${ADVANCE}.`,
  EInsufficientFunds: 'Get more TOMA (`toma faucet` on test networks), or choose a smaller amount.',
  ETaskNotFound: 'List the tasks with `task list`; small ids start at 1.',
  ETaskDeprecated: 'Choose another task from `task list`.',
  ETaskNotDeprecated: 'Run `db deprecate-task` and wait two epochs.',
  ETaskRemovalTooEarly: `Wait until two epochs after the deprecation; ${ADVANCE}.`,
  ETaskHasOpenStacks: 'Wait until its stacks are claimed or refunded; `stack list` shows them.',
  EAlreadySubscribed: 'Change the offer with `db update-node-subscription`.',
  ENotSubscribed: 'Subscribe first with `db subscribe-node-to-task`; `node show` and `task show` tell what exists.',
  ENodeNotFound: 'List the nodes with `node list`; a destroyed node is gone for good.',
  ENodeNotDisabled:
    'Only disabled or destroyed nodes can be removed like this; `db permanently-disable-node` disables one.',
  ENodeHasOpenStacks: 'Settle and claim its stacks first; `stack list` shows them.',
  EExitDelayRunning: `Wait for the exit epoch that \`node show\` names; ${ADVANCE}.`,
  EKeyNotFresh: 'Commit to the key again with `db set-node-key-commitment`.',
  EWithdrawalPending: 'Take the queued amount with `db withdraw-collateral` once its epoch has come.',
  ENoWithdrawalQueued: 'Queue one with `db request-withdrawal`.',
  EWithdrawalTooEarly: `Wait for the epoch that \`node show\` names; ${ADVANCE}.`,
  EPriceTooLow: 'Offer at least the least price that `task show` names; nodes that ask less serve at it, too.',
  EStackNotFound: 'It never existed or has been claimed, refunded or reclaimed; `events` tells which.',
  ENotSelectedNode: 'Use the wallet of the selected node; `stack show` names it.',
  ETooManyUnitsClaimed: 'Claim at most the units bought; `stack show` names them.',
  ETicketExists: 'It cannot be settled or taken back again; `ticket show` tells when it can be claimed.',
  EReclaimTooEarly: `Wait for the epoch that \`stack show\` names, or ask with \`db request-stack-refund\`; ${ADVANCE}.`,
  ERefundAlreadyRequested: 'Reclaim it when the notice has run out; `stack show` names the epoch.',
  ETicketNotFound: 'The selected node settles it with `db try-settle-stack`.',
  EReservedCommitment: 'Compute the proof with `stack-proof compute`.',
  EClaimTooEarly: `Wait for the deadline epoch that \`ticket show\` names; ${ADVANCE}.`,
  EAttestationPending: 'Wait for the attesters; after the deadline anyone can run `db redraw-attesters`.',
  EStackDisputed: 'Follow it with `dispute show`; when the votes are in, run `db resolve-dispute`.',
  EOpeningRequired: 'The selected node opens it with `db open-stack-commitment`; later anyone can expire it.',
  EOpeningNotRequired: `Nothing has to be opened; ${SHOW_STACK}.`,
  EOpeningTooLate: 'Only `db expire-settlement` is left.',
  EExpiryTooEarly: `Wait until two epochs after the deadline; ${ADVANCE}.`,
  ECommitmentMismatch:
    'Give the Merkle root and total units of the history that was settled; `stack-proof compute` prints both.',
  ENotAnAttester: 'Use the wallet of a drawn attester; `ticket show` names them. Anyone else can dispute.',
  ERedrawTooEarly: `Wait for the deadline that \`ticket show\` names; ${ADVANCE}.`,
  EEmptyBatch: 'Name the stacks, for example --settled-ticket-ids 1,2,3.',
  EDisputeNotFound: 'List the open ones with `dispute list`.',
  ENotAJuror: 'Use the wallet of a juror; `dispute show` names them.',
  ECommitTooEarly: `Commit the vote in the next epoch; ${ADVANCE}.`,
  EAlreadyCommitted: 'Reveal the vote with `db reveal-dispute-vote` when that phase opens.',
  ERevealPhaseNotOpen: `Wait until all have committed or the phase ends; \`dispute show\` names the epoch; ${ADVANCE}.`,
  ERevealPhaseOver: 'Resolve the dispute with `db resolve-dispute`.',
  EResolveTooEarly: 'Wait until all votes are in or their time is over; `dispute show` names the epochs.',
  ESecondJuryDue: 'Seat the second jury with `db seat-second-jury`.',
  ENoSecondJury: 'Resolve the dispute with `db resolve-dispute`, once votes are in or their time is over.',
  ENotToJoin:
    'Only an attester that `ticket show` names and that has not attested joins, while the first jury commits.',
  ENotToShow:
    'Use the wallet of the owner that `stack show` names; `dispute show` names the challenger and the epoch. Evidence is added once, in that epoch or the next one, to a dispute of somebody else, or to your own that began without the list: with a commitment of 32 zero bytes and no rows.',
  EFinalizeTooEarly: `Leave it to its node and its owner until two epochs after the deadline that \`ticket show\` names; ${ADVANCE}.`,
  EJurySeated: 'Leave it to the jury; `dispute show` names it.',
  ERulingTooLate: 'Resolve it with `db resolve-dispute`: it ends without a majority.',
  EWrongVersion: 'Update this program and its deployment record, or let the manager run `db migrate` after an upgrade.',
  EUnchecked:
    'Buy fewer units, for whose checks more owners have the stake, or of another task; or add --allow-unchecked: what nobody checks costs no surcharge.',
  EEscrowAboveLimit: 'Look at the terms with `config list`; buy again with a higher limit if they suit you.',
  EBadgeRevoked:
    'Name the badge that is left with --manager-badge; whoever holds it can run `db create-manager-badge`.',
  ETooManySubscriptions: 'Leave a task first: `db unsubscribe-node-from-task`.',
};

/** By code of an error, or by the name of an error of the contract; each command with the program's name before it, to be typed as it stands. */
export const commandHints: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(hints).map(([code, hint]) => [code, hint.replace(/`(?:atoma )?([^`]+)`/g, '`atoma $1`')]),
);

/** What a person can do about an error, with this program's commands where there are some. */
export const hintOf = (error: AtomaError): string => {
  const { code, details, hint } = error;
  const known = commandHints[code === 'SDK_TRANSACTION_FAILED' ? String(details.name) : code];
  return known?.replace('{flag}', badgeFlags[String(details.badge)] ?? 'by its flag') ?? hint;
};

/** A failure of execution with this program's commands in its remedy. */
export const withCommands = (failure: ExecutionFailure): ExecutionFailure => {
  if (failure.kind !== 'abort') return failure;
  return { ...failure, remedy: failure.ours ? (commandHints[failure.name] ?? failure.remedy) : FOREIGN_ABORT };
};
