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
  'colluding',
  'double-claim',
  'replaying-gateway',
  'framing-buyer',
  'node-offline',
] as const;

/** One of {@link faultNames}. */
export type FaultName = (typeof faultNames)[number];
