/** What to do about each named error of the contract, in words of the protocol. A table: one entry a Move error constant. */

/** Advice on one named error. */
export interface AbortEntry {
  /** The next step, for people. */
  readonly remedy: string;
  /** Whether waiting alone can make the same call succeed. Default false. */
  readonly retryable?: boolean;
}

/** By constant name. The sentences are the contract's own and stand in its bytecode. */
export const abortCatalogue: Readonly<Record<string, AbortEntry>> = {
  // toma
  EFaucetDisabled: {
    remedy: 'Its publisher can switch it on; elsewhere TOMA must be bought or given.',
  },
  EFaucetAlreadyEnabled: { remedy: 'Nothing to do: the faucet is on.' },
  EFaucetLimitExceeded: { remedy: 'Ask for less, or again in the next epoch.', retryable: true },
  ENotFaucetOwner: { remedy: 'Use the wallet that switched the faucet on.' },
  ESupplyExhausted: { remedy: 'No more TOMA can be minted; use what exists.' },
  EZeroAmount: { remedy: 'Give an amount above zero, for example 100TOMA.' },

  // values
  ENot32Bytes: { remedy: 'Give exactly 32 bytes, for example 0x and 64 hex digits.' },
  EAmountTooLarge: { remedy: 'Lower the price or the number of units: their product must fit 64 bits.' },
  EInsufficientFunds: { remedy: 'Get more TOMA (from the faucet on test networks), or choose a smaller amount.' },

  // parameters
  EAttesterCountOutOfRange: { remedy: 'Give 1 to 4.' },
  EBondBelowJury: { remedy: 'Raise the bonds (dispute bond included) first, or lower the jurors or their pay.' },
  EChallengerShareOutOfRange: { remedy: 'Give 0 to 500 permille.' },
  EExitDelayOutOfRange: { remedy: 'Raise the exit delay first, or shorten window and phase.' },
  EJurorCountOutOfRange: { remedy: 'Give 3, 5 or 7.' },
  EProbabilityOutOfRange: { remedy: 'Give 0 to 10^12 permille; the last checks every stack.' },
  ESampleOutOfRange: {
    remedy: 'Give 1 to 64 samples, a share of 0 to 1000 permille, and a row of 1 to 1000 permille of the units.',
  },
  EShareTooLarge: { remedy: 'Give at most 1000000 permille.' },
  ESpanOutOfRange: { remedy: 'Give 2 to 14 epochs.' },
  EStackLifeOutOfRange: { remedy: 'Give 4 to 100 epochs.' },
  EZeroParameter: { remedy: 'Give a value above zero.' },

  // tasks and offers
  ETaskNotFound: { remedy: 'Name a task that exists; small ids start at 1.' },
  ETaskDeprecated: { remedy: 'Choose another task.' },
  ETaskNotDeprecated: { remedy: 'Deprecate the task and wait two epochs.' },
  ETaskRemovalTooEarly: { remedy: 'Wait until two epochs after the deprecation.', retryable: true },
  ETaskHasOpenStacks: {
    remedy: 'Wait until its stacks are claimed or refunded.',
    retryable: true,
  },
  EInvalidRole: { remedy: 'Give a role from 0 (chat completions) to 7 (training).' },
  EInvalidSecurityLevel: { remedy: 'Give 0 (none), 1 (sampling consensus) or 2 (confidential compute).' },
  EInvalidReputation: { remedy: 'Give 0 to 100; a new node has 50.' },
  EModelNameTooLong: { remedy: 'Shorten the name to 128 bytes.' },
  EZeroPrice: { remedy: 'Give a price of at least one base unit a compute unit.' },
  EZeroUnits: { remedy: 'Give a number of units above zero.' },
  EAlreadySubscribed: { remedy: 'Change the offer instead.' },
  ENotSubscribed: {
    remedy: 'Subscribe the node to the task first.',
  },

  // nodes
  ENodeNotFound: { remedy: 'Name a node that exists; a destroyed node is gone for good.' },
  ENodeDisabled: { remedy: 'Register a new node; disabling is for good.' },
  ENodeNotDisabled: {
    remedy: 'Disable the node first: only disabled or destroyed nodes can be removed like this.',
  },
  ENodeHasDuties: { remedy: 'Attest and vote, or wait until the stacks it was drawn for end.', retryable: true },
  ENodeHasOpenStacks: { remedy: 'Settle and claim its stacks first.', retryable: true },
  EExitDelayRunning: { remedy: "Wait for the node's exit epoch.", retryable: true },
  EInvalidUrl: { remedy: 'Give a URL that starts with https:// or http://, or an empty one.' },
  EKeyNotFresh: { remedy: 'Commit to the key again.' },
  EReputationTooLow: {
    remedy: 'Choose a task with a lower minimum, or earn reputation with clean claims and attestations.',
  },
  EStakeBelowCollateral: { remedy: 'Ask for less; to take everything, disable and destroy the node.' },
  EWithdrawalPending: {
    remedy: 'Take out the queued amount once its epoch has come.',
    retryable: true,
  },
  ENoWithdrawalQueued: { remedy: 'Queue a withdrawal first.' },
  EWithdrawalTooEarly: { remedy: 'Wait for the epoch of the queued withdrawal.', retryable: true },
  ENothingToWithdraw: { remedy: 'Try again when stacks were finalized or the pool has money.', retryable: true },
  ERegistrationClosed: { remedy: 'The manager has closed the registration; try again later.', retryable: true },

  // purchases and stacks
  EStackTooSmall: { remedy: 'Buy more units or offer a higher price.' },
  EPriceTooLow: { remedy: "Offer at least the task's least price; nodes that ask less serve at it, too." },
  ENoNodesEligibleForTask: {
    remedy: 'Offer a higher price, buy fewer units, or try again when nodes are free.',
    retryable: true,
  },
  EStackNotFound: { remedy: 'It never existed or has been claimed, refunded or reclaimed; its events tell which.' },
  EStackStillOpen: { remedy: 'Keep the badge until the stack is claimed, refunded or reclaimed.', retryable: true },
  ENotSelectedNode: { remedy: 'Use the wallet of the selected node.' },
  ETooManyUnitsClaimed: { remedy: 'Claim at most the units bought.' },
  ESettlementTooLate: { remedy: 'Claim 0 units to give it back at once, or leave it to the buyer.' },
  ETicketExists: { remedy: 'It cannot be settled or taken back again; claim it after its deadline.' },
  EReclaimTooEarly: {
    remedy: 'Wait until the stack may be reclaimed, or ask for a refund.',
    retryable: true,
  },
  ERefundAlreadyRequested: { remedy: 'Reclaim it when the notice has run out.' },

  // settlements
  ETicketNotFound: { remedy: 'The selected node settles it.', retryable: true },
  EReservedCommitment: { remedy: 'Compute the commitment from the history.' },
  EClaimTooEarly: { remedy: "Wait for the settlement's deadline epoch.", retryable: true },
  EAttestationPending: {
    remedy: 'Wait for the attesters; after the deadline anyone can redraw them.',
    retryable: true,
  },
  EStackDisputed: {
    remedy: 'Wait for the dispute; when the votes are in, resolve it.',
    retryable: true,
  },
  EOpeningRequired: {
    remedy: 'The selected node opens it; later anyone can expire it.',
  },
  EOpeningNotRequired: { remedy: 'Nothing has to be opened.' },
  EOpeningTooLate: { remedy: 'Only expiring the settlement is left.' },
  EExpiryTooEarly: { remedy: 'Wait until two epochs after the deadline.', retryable: true },
  ECommitmentMismatch: {
    remedy: 'Give the Merkle root and total units of the history that was settled.',
  },
  ENoAttesterDrawn: { remedy: 'Nothing to do: without attesters the settlement can be claimed after its deadline.' },
  EAttestationNotRequired: { remedy: 'Nothing to do: the settlement can be claimed after its deadline.' },
  ENotAnAttester: { remedy: 'Use the wallet of a drawn attester. Anyone else can dispute.' },
  EAlreadyAttested: { remedy: 'Nothing to do: this attestation is recorded.' },
  EWindowClosed: {
    remedy: 'It is too late to attest or dispute; the settlement can be claimed or its attesters redrawn.',
  },
  EDrawIncomplete: { remedy: 'Send it again: each draw looks at other nodes of this large task.', retryable: true },
  EWrongLeaf: { remedy: "Compute the leaf again; where the node's own leaf does not follow from its root, dispute." },
  EFinalizeTooEarly: {
    remedy: 'Leave it to its node and its owner until two epochs after the window.',
    retryable: true,
  },
  ERedrawTooEarly: { remedy: "Wait for the settlement's deadline.", retryable: true },
  EEmptyBatch: { remedy: 'Name the stacks.' },
  EBatchTooLarge: { remedy: 'Claim in several calls of at most 50.' },

  // disputes
  EDisputeNotFound: { remedy: 'Name a stack with an open dispute.' },
  ENotAJuror: { remedy: 'Use the wallet of a juror of this dispute.' },
  ECommitPhaseOver: { remedy: 'Only votes committed in time can be revealed.' },
  ECommitTooEarly: { remedy: 'Commit the vote in the next epoch.', retryable: true },
  EAlreadyCommitted: { remedy: 'Reveal the vote when that phase opens.' },
  ENotCommitted: { remedy: 'A vote that was not committed cannot be revealed.' },
  ERevealPhaseNotOpen: {
    remedy: 'Wait until all have committed or the phase ends.',
    retryable: true,
  },
  ERevealPhaseOver: { remedy: 'Resolve the dispute.' },
  EAlreadyRevealed: { remedy: 'Nothing to do: this vote is recorded.' },
  EVoteMismatch: { remedy: 'Reveal exactly the Merkle root, units and salt of the commitment.' },
  EResolveTooEarly: {
    remedy: 'Wait until all votes are in or their time is over.',
    retryable: true,
  },
  ENotToJoin: {
    remedy: 'Only a drawn attester that has not attested joins, while the first jury commits its votes.',
  },
  EBondTooShort: {
    remedy: 'Top up the stake of the attester, or dispute out of a wallet: as its owner you keep its share.',
  },
  ENotToShow: {
    remedy:
      'The owner of the stack adds evidence once, in the epoch of the dispute or the next one; to its own only where that began without the list: zeros as the commitment, and no rows.',
  },
  ETooManyRows: { remedy: 'Name at most 8 rows, with the number of their units, at most a tenth of those bought.' },
  ETooManyReceipts: { remedy: 'Show at most 8 receipts of the accused, those that say most.' },
  ESecondJuryDue: { remedy: 'Seat the second jury.' },
  ENoSecondJury: { remedy: 'Resolve the dispute once votes are in or their time is over.' },
  EJuryIncomplete: { remedy: 'Send it again: each draw looks at other nodes of this large task.', retryable: true },
  EJurySeated: { remedy: 'Leave it to the jury.' },
  ERulingTooLate: { remedy: 'Resolve it: it ends without a majority.' },
  EInvalidOutcome: { remedy: 'Rule convicted, acquitted or unavailable.' },

  // database
  EWrongVersion: {
    remedy: 'Update this program and its deployment record, or let the manager migrate the database after an upgrade.',
  },
  EUnchecked: {
    remedy:
      'Buy fewer units, for whose checks more owners have the stake, or of another task; or allow an unchecked stack: what nobody checks costs no surcharge.',
  },
  ETooManyNamed: { remedy: 'Name at most 64 nodes.' },
  EEscrowAboveLimit: {
    remedy: "Look at the market's terms; buy again with a higher limit if they suit you.",
  },
  ETooManySubscriptions: { remedy: 'Leave a task first.' },
  EMayServe: { remedy: 'Nothing to do: only nodes that could not subscribe now are evicted.' },
  ENotRootBadge: { remedy: 'Ask whoever holds the badge that the market was published with.' },
  EBadgeRevoked: { remedy: 'Use the manager badge that is left, or ask whoever holds it for another one.' },
  EAlreadyMigrated: { remedy: 'Nothing to do: the database is up to date.' },
  EDrawNotFirst: { remedy: 'Send the call that draws in a transaction of its own.' },
};
