import type { Settings } from '../config/settings.ts';
import type { Flags, FlagValues } from './flag.ts';
import type { Io, Paint } from './io.ts';
import type { Shape } from './schema.ts';

/** Flags every command takes. */
export interface CommonValues {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly network: string | undefined;
  readonly wallet: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Base units of TOMA. */
  readonly maxCost: bigint | undefined;
  /** MIST. */
  readonly gasBudget: bigint | undefined;
}

/** What a running command is given besides its own flags. */
export interface Run {
  readonly io: Io;
  readonly common: CommonValues;
  readonly settings: Settings;
  /** The command as typed, for example `atoma db claim-funds`. */
  readonly command: string;
  /** A line about progress or a warning, on standard error; nothing in quiet mode. */
  readonly note: (text: string) => void;
  /** Writes a report while the command goes on: what a program that stays says once it serves. */
  readonly report: (report: Report) => void;
  /** Runs when the command has ended, in reverse order, whether it failed or not. */
  readonly onEnd: (close: () => void | Promise<void>) => void;
}

/** A JSON value; bigints are written as decimal text. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a command reports when it has ended, or once it serves. */
export interface Report {
  /** The fields of the JSON output, beside `schema` and `network`. */
  readonly data: Readonly<Record<string, Json>>;
  /** Lines for people. */
  readonly lines: (paint: Paint) => readonly string[];
  /** What `--quiet` prints: the digest, or the one value asked for. */
  readonly short?: string;
  /** True when the answer is no: it is reported as usual, and the program exits with 1. */
  readonly negative?: boolean;
}

/** Runs a command; undefined when it has written its output itself (streams, completion scripts). */
export type Handler<F extends Flags> = (run: Run, flags: FlagValues<F>) => Promise<Report | undefined>;

/** One command: its help, its flags, the shape of its JSON and how to load what it does. */
export interface Command<F extends Flags = Flags> {
  readonly kind: 'command';
  readonly brief: string;
  /** Lines to type, without the leading program name. */
  readonly examples: readonly string[];
  /** Further help: what it needs, what it changes. */
  readonly notes?: string;
  /** What one does next, without the leading program name. */
  readonly next?: string;
  readonly flags: F;
  /** Names of the flags that are given without their name, in order. */
  readonly positional: readonly string[];
  /** `write` adds --dry-run, --yes, --max-cost and --gas-budget. */
  readonly access: 'read' | 'write' | 'local';
  /** Name and version of its JSON output, and its fields. Absent for commands that write no report. */
  readonly output?: Shape;
  readonly hidden?: boolean;
  readonly load: () => Promise<Handler<F>>;
}

/** A word that leads to more commands. */
export interface Group {
  readonly kind: 'group';
  readonly brief: string;
  readonly routes: Readonly<Record<string, AnyCommand | Group>>;
}

/** A command of whatever flags, as the routing sees it. */
export type AnyCommand = Omit<Command, 'load'> & { readonly load: () => Promise<Handler<never>> };

/** Declares a command; the flags type its handler. */
export const command = <const F extends Flags>(
  spec: Omit<Command<F>, 'kind' | 'positional'> & { readonly positional?: readonly (keyof F & string)[] },
): AnyCommand => ({ ...spec, kind: 'command', positional: spec.positional ?? [] }) as unknown as AnyCommand;

/** Declares a group of commands. */
export const group = (brief: string, routes: Group['routes']): Group => ({ kind: 'group', brief, routes });
