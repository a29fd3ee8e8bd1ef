// Generated from the compiled Move package by src/codegen; do not edit.

/** Text of every named error of the contract by package, module and constant. */
export const moveErrors: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  "toma": {
    "toma": {
      "EFaucetAlreadyEnabled": "The faucet already holds a treasury cap",
      "EFaucetDisabled": "The TOMA faucet is switched off on this network",
      "EFaucetLimitExceeded": "The faucet gives at most 1,000 TOMA per call and per address and epoch",
      "ENotFaucetOwner": "Only the address that switched the faucet on may switch it off",
      "ESupplyExhausted": "The supply of TOMA cannot grow any further",
      "EZeroAmount": "Ask the faucet for at least one base unit"
    }
  },
  "atoma": {
    "commitment": {
      "ENot32Bytes": "A commitment, leaf, hash or salt has exactly 32 bytes"
    },
    "money": {
      "EAmountTooLarge": "The amount does not fit into 64 bits: lower the price or the number of units",
      "EInsufficientFunds": "The coin holds less TOMA than this call needs"
    },
    "config": {
      "EAttesterCountOutOfRange": "The number of attesters is 1 to 4",
      "EBondBelowJury": "Every bond must cover a whole jury: the node's and the challenger's are at least jurors times their pay",
      "EChallengerShareOutOfRange": "A challenger's share is at most 500 permille",
      "EExitDelayOutOfRange": "The exit delay is at least window + 2 * phase and at most 100 epochs",
      "EJurorCountOutOfRange": "The number of jurors is 3, 5 or 7",
      "EProbabilityOutOfRange": "The probability that a stack used up is checked is at most 10^12 permille: a single unit of a billion is then checked for certain",
      "ESampleOutOfRange": "A check draws 1 to 64 samples, at most 1000 permille of the claim; one request is 1 to 1000 permille of the units bought",
      "EShareTooLarge": "Bonds, pay and slashes are at most 1,000 times the price",
      "ESpanOutOfRange": "Window and phase are 2 to 14 epochs",
      "EStackLifeOutOfRange": "The life of a stack is 4 to 100 epochs",
      "EStackTooSmall": "The purchase is too small to pay a jury: raise the price or the number of units",
      "EZeroParameter": "The collateral, the minimum dispute bond, and the pay of attesters and jurors must be above zero"
    },
    "task": {
      "EAlreadySubscribed": "The node is already subscribed to this task",
      "EInvalidReputation": "A minimum reputation is 0 to 100",
      "EInvalidRole": "A role is 0 to 7",
      "EInvalidSecurityLevel": "A security level is 0, 1 or 2",
      "EModelNameTooLong": "A model name has at most 128 bytes",
      "ENotSubscribed": "The node is not subscribed to this task",
      "EPriceTooLow": "At level 1 nobody buys far below what the task's nodes ask: those that check it work for a share of this price",
      "ETaskDeprecated": "The task has ended, or its end was announced before",
      "ETaskHasOpenStacks": "The task still has open stacks",
      "ETaskNotDeprecated": "Deprecate the task first",
      "ETaskNotFound": "There is no task with this small id",
      "ETaskRemovalTooEarly": "A task ends two epochs after it was deprecated, and can be removed from then on",
      "EZeroPrice": "The price per compute unit must be above zero",
      "EZeroUnits": "The number of compute units must be above zero"
    },
    "node": {
      "EExitDelayRunning": "The exit delay of the disabled node has not passed yet",
      "EInvalidUrl": "A node url is empty or starts with http:// or https://, in ASCII without spaces, at most 256 bytes",
      "EKeyNotFresh": "A confidential task needs a key commitment younger than 30 epochs",
      "EMayServe": "The node may serve this task: its subscription stays",
      "ENoWithdrawalQueued": "No withdrawal is queued",
      "ENodeDisabled": "The node is permanently disabled",
      "ENodeHasDuties": "The node still attests or sits in a jury: end what it was drawn for first",
      "ENodeHasOpenStacks": "The node still serves open stacks",
      "ENodeNotDisabled": "The node is not disabled",
      "ENodeNotFound": "There is no node with this small id",
      "ENothingToWithdraw": "The node has no earnings, and no credit that the pool can pay now",
      "EReputationTooLow": "The node's reputation is below the minimum of the task",
      "EStakeBelowCollateral": "The free stake must stay at or above the registration collateral",
      "ETooManySubscriptions": "A node subscribes to at most 64 tasks at once",
      "EWithdrawalPending": "One withdrawal is already queued; withdraw it first",
      "EWithdrawalTooEarly": "The queued withdrawal is not available yet",
      "EZeroAmount": "The amount must be above zero"
    },
    "stack": {
      "ENotSelectedNode": "The stack is served by another node",
      "EReclaimTooEarly": "The stack has neither expired nor has a refund notice run out",
      "ERefundAlreadyRequested": "A refund of this stack was already requested",
      "ESettlementTooLate": "The stack has expired or its refund notice has run out: it can only be returned, or settled with 0 units",
      "EStackNotFound": "There is no open stack with this small id: it never existed or has ended",
      "EStackStillOpen": "The stack has not ended; its badge is still worth its refund",
      "ETooManyUnitsClaimed": "More compute units are claimed than were bought"
    },
    "settlement": {
      "EAlreadyAttested": "The node has already attested this stack",
      "EAttestationNotRequired": "The draw did not ask for an attestation of this stack, or it is already complete",
      "EAttestationPending": "The attesters of this stack have not all attested",
      "EClaimTooEarly": "The window to attest or dispute is still open",
      "ECommitmentMismatch": "The history root and the units do not lead to the committed stack proof",
      "EDrawIncomplete": "The draw found nobody before it had looked at everybody: send it again",
      "EExpiryTooEarly": "The commitment can still be opened",
      "EFinalizeTooEarly": "Until two epochs after the window only the stack's recorded owner and its node may end it",
      "ENoAttesterDrawn": "No attester was drawn for this stack",
      "ENotAnAttester": "The node is not an attester of this stack",
      "EOpeningNotRequired": "The commitment of this stack does not have to be opened",
      "EOpeningRequired": "The commitment of this stack must be opened first",
      "EOpeningTooLate": "The time to open the commitment has passed",
      "ERedrawTooEarly": "Attesters can be replaced only after the window has closed",
      "EReservedCommitment": "32 zero bytes are reserved for unavailable inputs and cannot be claimed upon",
      "EStackDisputed": "The stack is in dispute: only votes and the resolution of the dispute are possible",
      "ETicketExists": "The stack has already been settled",
      "ETicketNotFound": "The stack has not been settled",
      "EWindowClosed": "The window to attest or dispute has closed",
      "EWrongLeaf": "The leaves do not lead to the committed stack proof: where the node's own leaf is wrong, dispute the stack"
    },
    "dispute": {
      "EAlreadyCommitted": "The juror has already committed its vote",
      "EAlreadyRevealed": "The juror has already revealed its vote",
      "EBondTooShort": "An attester disputes with at least half of the bond that is due, out of its unreserved stake: top it up, or dispute out of a wallet",
      "ECommitPhaseOver": "The votes of this dispute can no longer be committed",
      "ECommitTooEarly": "Votes are committed from the epoch after the dispute, or after its owner's evidence, on",
      "EDisputeNotFound": "The stack is not in dispute",
      "EInvalidOutcome": "A ruling is 0 (convicted), 1 (acquitted) or 2 (inputs unavailable)",
      "EJuryIncomplete": "The draw found no jury before it had looked at everybody: send it again",
      "EJurySeated": "A jury decides this dispute, not the manager",
      "ENoSecondJury": "There is no second jury to seat: votes are open, they decide, or one was looked for before",
      "ENotAJuror": "The node is not a juror of this dispute",
      "ENotCommitted": "The juror has not committed a vote",
      "ENotToJoin": "Only an attester that was drawn, has not attested and has not joined yet joins a dispute, while its first jury commits, and none that an attester started",
      "ENotToShow": "Only the recorded owner of the stack adds evidence, once, within two epochs, to a dispute whose first jury votes and which somebody else started, or itself without the list: accusing with zeros and naming no row",
      "EResolveTooEarly": "The dispute still waits for votes or for the manager's ruling",
      "ERevealPhaseNotOpen": "The votes of this dispute cannot be revealed yet",
      "ERevealPhaseOver": "The votes of this dispute can no longer be revealed",
      "ERulingTooLate": "The time for the manager's ruling has passed",
      "ESecondJuryDue": "The jury came to no decision: seat the second one first",
      "ETooManyReceipts": "A dispute shows at most 8 receipts of at most 1,024 bytes each",
      "ETooManyRows": "A dispute names at most 8 rows, and units with them only: at most a tenth of the units bought",
      "EVoteMismatch": "History root, units and salt do not give the committed vote"
    },
    "db": {
      "EAlreadyMigrated": "The database already belongs to this version",
      "EBadgeRevoked": "This manager badge was revoked",
      "EBatchTooLarge": "At most 50 stacks can be claimed at once",
      "EDrawNotFirst": "A draw must come before every call that reads nodes or subscriptions in its transaction: send it alone",
      "EEmptyBatch": "Name at least one stack to claim",
      "EEscrowAboveLimit": "The escrow of this purchase is above the limit given: the terms may have changed",
      "ENoNodesEligibleForTask": "No subscribed node can serve this purchase at this price and size",
      "ENotRootBadge": "Only the first manager badge revokes the others",
      "ERegistrationClosed": "The registration of nodes is closed",
      "ETooManyNamed": "A purchase names at most 64 nodes",
      "EUnchecked": "Too few other owners could check this stack: a server needs one for each attester and three for a jury beside it. Buy elsewhere, or allow an unchecked stack",
      "EWrongVersion": "The database belongs to another version of this package"
    }
  }
};

/** Constant of every named error by package, module and the low 32 bits of its abort code. */
export const moveErrorCodes: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  "toma": {
    "toma": {
      "196612": "EFaucetDisabled",
      "327686": "EFaucetAlreadyEnabled",
      "458760": "ENotFaucetOwner",
      "589834": "EZeroAmount",
      "720908": "EFaucetLimitExceeded",
      "851982": "ESupplyExhausted"
    }
  },
  "atoma": {
    "commitment": {
      "458760": "ENot32Bytes"
    },
    "money": {
      "1": "EAmountTooLarge",
      "131075": "EInsufficientFunds"
    },
    "config": {
      "1966111": "EZeroParameter",
      "2097185": "EProbabilityOutOfRange",
      "2228259": "EAttesterCountOutOfRange",
      "2359333": "EBondBelowJury",
      "2490407": "EShareTooLarge",
      "2621481": "ESampleOutOfRange",
      "2752555": "EJurorCountOutOfRange",
      "2883629": "EChallengerShareOutOfRange",
      "3014703": "ESpanOutOfRange",
      "3145777": "EStackLifeOutOfRange",
      "3276851": "EExitDelayOutOfRange",
      "3407925": "EStackTooSmall"
    },
    "task": {
      "393223": "ETaskNotFound",
      "524297": "EInvalidRole",
      "655371": "EInvalidSecurityLevel",
      "786445": "EInvalidReputation",
      "917519": "EModelNameTooLong",
      "1048593": "ETaskDeprecated",
      "1179667": "ETaskNotDeprecated",
      "1310741": "ETaskRemovalTooEarly",
      "1441815": "ETaskHasOpenStacks",
      "1572889": "EZeroPrice",
      "1703963": "EPriceTooLow",
      "1835037": "EZeroUnits",
      "1966111": "EAlreadySubscribed",
      "2097185": "ENotSubscribed"
    },
    "node": {
      "524297": "ENodeNotFound",
      "655371": "ENodeDisabled",
      "786445": "ENodeNotDisabled",
      "917519": "ETooManySubscriptions",
      "1048593": "EMayServe",
      "1179667": "EInvalidUrl",
      "1310741": "EZeroAmount",
      "1441815": "EStakeBelowCollateral",
      "1572889": "EWithdrawalPending",
      "1703963": "ENoWithdrawalQueued",
      "1835037": "EWithdrawalTooEarly",
      "1966111": "ENothingToWithdraw",
      "2097185": "EExitDelayRunning",
      "2228259": "ENodeHasOpenStacks",
      "2359333": "ENodeHasDuties",
      "2490407": "EReputationTooLow",
      "2621481": "EKeyNotFresh"
    },
    "stack": {
      "65538": "EStackNotFound",
      "196612": "ENotSelectedNode",
      "327686": "ETooManyUnitsClaimed",
      "458760": "ESettlementTooLate",
      "589834": "EReclaimTooEarly",
      "720908": "ERefundAlreadyRequested",
      "851982": "EStackStillOpen"
    },
    "settlement": {
      "589834": "ETicketNotFound",
      "720908": "ETicketExists",
      "851982": "EReservedCommitment",
      "983056": "EStackDisputed",
      "1114130": "EOpeningRequired",
      "1245204": "EOpeningNotRequired",
      "1376278": "EAttestationPending",
      "1507352": "EClaimTooEarly",
      "1638426": "ENoAttesterDrawn",
      "1769500": "EAttestationNotRequired",
      "1900574": "ENotAnAttester",
      "2031648": "EAlreadyAttested",
      "2162722": "EWindowClosed",
      "2293796": "EWrongLeaf",
      "2424870": "EFinalizeTooEarly",
      "2555944": "ERedrawTooEarly",
      "2687018": "EDrawIncomplete",
      "2818092": "EOpeningTooLate",
      "2949166": "EExpiryTooEarly",
      "3080240": "ECommitmentMismatch"
    },
    "dispute": {
      "589834": "EDisputeNotFound",
      "720908": "ENotAJuror",
      "851982": "ECommitPhaseOver",
      "983056": "ERevealPhaseNotOpen",
      "1114130": "ERevealPhaseOver",
      "1245204": "EAlreadyCommitted",
      "1376278": "ENotCommitted",
      "1507352": "EAlreadyRevealed",
      "1638426": "EVoteMismatch",
      "1769500": "EResolveTooEarly",
      "1900574": "EJurySeated",
      "2031648": "ERulingTooLate",
      "2162722": "ESecondJuryDue",
      "2293796": "ENoSecondJury",
      "2424870": "ENotToJoin",
      "2555944": "EJuryIncomplete",
      "2687018": "ETooManyRows",
      "2818092": "ETooManyReceipts",
      "2949166": "EBondTooShort",
      "3080240": "ECommitTooEarly",
      "3211314": "ENotToShow",
      "3342388": "EInvalidOutcome"
    },
    "db": {
      "327686": "EWrongVersion",
      "458760": "EDrawNotFirst",
      "589834": "EAlreadyMigrated",
      "720908": "ERegistrationClosed",
      "851982": "ENoNodesEligibleForTask",
      "983056": "EUnchecked",
      "1114130": "ETooManyNamed",
      "1245204": "EEscrowAboveLimit",
      "1376278": "EEmptyBatch",
      "1507352": "EBadgeRevoked",
      "1638426": "ENotRootBadge",
      "1769500": "EBatchTooLarge"
    }
  }
};
