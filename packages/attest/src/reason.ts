/** Why evidence is refused, in words a buyer understands. */

/** Stable names of refusals. */
export type ReasonCode =
  | 'malformed'
  | 'chain'
  | 'revoked'
  | 'signature'
  | 'clock'
  | 'collateral'
  | 'identity'
  | 'debug'
  | 'attributes'
  | 'tcb'
  | 'evaluation'
  | 'product'
  | 'measurement'
  | 'machine'
  | 'report_data';

/** One refusal. */
export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
}

/** Thrown inside a check when nothing after it can be judged. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ReasonCode;

  constructor(code: ReasonCode, text: string, cause?: unknown) {
    super(text, { cause });
    this.code = code;
  }
}

/** Throws unless `holds`. */
export function demand(holds: boolean, code: ReasonCode, text: string): asserts holds {
  if (!holds) throw new Refusal(code, text);
}

/** What `step` gives; a refusal inside is added to `reasons` and gives undefined. */
export const attempt = <Value>(reasons: Reason[], step: () => Value): Value | undefined => {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reasons.push({ code: error.code, text: error.message });
    return undefined;
  }
};

/** A day as it is written in reasons. */
export const day = (at: Date): string => at.toISOString().slice(0, 10);
