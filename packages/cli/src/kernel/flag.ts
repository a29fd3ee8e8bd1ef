/** What completion can offer for a value. */
export type CompletionKind = 'task' | 'node' | 'stack' | 'network' | 'wallet' | 'file';

/** A typed flag (or argument): how it reads, what it means, in what unit. */
export interface Flag<T> {
  /** One line for the help, with the unit. */
  readonly brief: string;
  /** What stands for the value in the help, for example `UNITS`. Empty for switches. */
  readonly placeholder: string;
  /** True when the flag may be left out. */
  readonly optional: boolean;
  /** Name of a flag that takes this one's place; undefined: none does. */
  readonly unless?: string;
  /** True when it takes no value. */
  readonly isSwitch: boolean;
  /** True when several values (repeated flags, or words after one another) make one value. */
  readonly many: boolean;
  /** Turns the words given into the value; never called without words. Throws an error that names the flag. */
  readonly parse: (words: readonly string[], source: ValueSource) => T | Promise<T>;
  /** Value when left out; undefined for none. */
  readonly fallback?: T;
  /** Closed set of values, offered by completion. */
  readonly values?: readonly string[];
  readonly complete?: CompletionKind;
}

/** Where `@file` and `-` values are read from, and the flag's name for messages. */
export interface ValueSource {
  /** The flag as typed, for example `--role`. */
  readonly name: string;
  readonly cwd: string;
  readonly readStdin: () => string;
}

/** Flags of a command by camel-case name; typed as kebab-case on the command line. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a set of flags. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** `taskSmallId` as `task-small-id`. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
