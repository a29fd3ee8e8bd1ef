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
  'node-offline',
  'model-honest',
  'model-quantised',
  'model-smaller',
  'model-truncated',
  'model-altered',
  'model-replayed',
] as const;

/** One of {@link faultNames}. */
export type FaultName = (typeof faultNames)[number];

/** One of those that real daemons with a language model play. */
export type ModelFault = Extract<FaultName, `model-${string}`>;

/** Whether a fault is played by daemons with a language model. */
export const isModelFault = (fault: FaultName): fault is ModelFault => fault.startsWith('model-');
