/**
 * The project's one error family. Packages declare their errors in a catalogue, `defineErrors('LEDGER', {...})`, and
 * throw only what the catalogue names. Move aborts are data and never pass through here.
 */

/** What a catalogue says about one error. `message` may name details as `{detail}`. */
export interface ErrorEntry {
  /** What happened, with units; `{name}` is replaced by the detail of that name. */
  readonly message: string;
  /** What the person can do next. May name details too. */
  readonly hint: string;
  /** Whether the same call may succeed later without any change by the caller. Default false. */
  readonly retryable?: boolean;
}

/** Values that fill a message; part of the error for programs. */
export type ErrorDetails = Readonly<Record<string, string | number | bigint>>;

/** Marks errors of the family, also those of another copy of this module: published packages carry one each. */
const family = Symbol.for('atoma.error');

/** The single thrown error type: `code` is stable and machine-readable (`AREA_NAME`), message and hint are for people. */
export class AtomaError extends Error {
  override readonly name = 'AtomaError';
  /** True for errors of every copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && family in value;
  }
  readonly [family] = true;
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: string, entry: ErrorEntry, details: ErrorDetails, cause?: unknown) {
    super(fill(entry.message, details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = fill(entry.hint, details);
    this.retryable = entry.retryable ?? false;
    this.details = details;
  }
}

const fill = (template: string, details: ErrorDetails): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in details ? String(details[name]) : whole));

/** Makes an error of one catalogue by name. */
export type ErrorFactory<Name extends string> = (name: Name, details?: ErrorDetails, cause?: unknown) => AtomaError;

/** Declares an area's catalogue and returns the factory of its errors; `code` becomes `${area}_${name}`. */
export const defineErrors =
  <const Catalogue extends Record<string, ErrorEntry>>(
    area: string,
    catalogue: Catalogue,
  ): ErrorFactory<keyof Catalogue & string> =>
  (name, details = {}, cause) =>
    new AtomaError(`${area}_${name}`, catalogue[name] as ErrorEntry, details, cause);

/** True when `value` is an {@link AtomaError}, optionally with the given code. */
export const isAtomaError = (value: unknown, code?: string): value is AtomaError =>
  value instanceof AtomaError && (code === undefined || value.code === code);
