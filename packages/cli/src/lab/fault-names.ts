/** Every fault the lab can plant. */
export const faultNames = [
  'honest',
  'other-model',
  'truncated-output',
  'inflated-units',
  'forged-root',
  'missing-leaf',
  'wrong-leaf',
  'silent-at-settlement',
  'silent-attester',
  'lazy-juror',
  'insured-jury',
  'colluding',
  'double-claim',
  'replaying-gateway',
  'framing-buyer',
  'accomplice-first',
  'withheld-list',
  'node-offline',
  'daemon-honest',
  'daemon-other-model',
  'daemon-truncated',
  'daemon-hiding',
  'daemon-hiding-once',
  'daemon-insured-jury',
  'daemon-framing-buyer',
  'daemon-framing-coalition',
  'model-honest',
  'model-quantised',
  'model-smaller',
  'model-truncated',
  'model-altered',
  'model-replayed',
] as const;

/** One of {@link faultNames}. */
export type FaultName = (typeof faultNames)[number];

/** One of those that real daemons play. */
export type DaemonFault = Extract<FaultName, `daemon-${string}` | `model-${string}`>;

/** Whether a fault is played by real daemons. */
export const isDaemonFault = (fault: FaultName): fault is DaemonFault =>
  fault.startsWith('daemon-') || needsModel(fault);

/** Whether a fault is played with the language models of a checkout. */
export const needsModel = (fault: FaultName): boolean => fault.startsWith('model-');
