import { join } from 'node:path';
import { writePrivateFile } from '../config/home.ts';
import { readNote } from '../config/note.ts';
import type { Settings } from '../config/settings.ts';
import type { CompletionKind } from '../kernel/flag.ts';
import * as s from '../kernel/schema.ts';

/** An id with a few words about it. */
export type SeenId = readonly [id: string, brief: string];

type Seen = Readonly<Record<string, Readonly<Partial<Record<CompletionKind, readonly SeenId[]>>>>>;

const pairs = s.list({ ...s.list(s.text('Id, then words.'), 'One id.'), minItems: 2 }, 'Ids of a kind.');
const kindsSchema = s.record(
  { task: pairs, node: pairs, stack: pairs, network: pairs, wallet: pairs, file: pairs },
  'Ids by kind.',
  ['task', 'node', 'stack', 'network', 'wallet', 'file'],
);

const fileOf = (settings: Settings): string => join(settings.home.directory, 'completion.json');

/** Only a memory for completion: starting over loses nothing. */
const read = (settings: Settings): Seen =>
  readNote<Seen>(fileOf(settings), s.dictionary(kindsSchema, 'By network.')) ?? {};

/** Ids of a kind shown lately on a network; completion offers them without opening a chain. */
export const seenIds = (settings: Settings, network: string, kind: CompletionKind): readonly SeenId[] =>
  read(settings)[network]?.[kind] ?? [];

const write = (settings: Settings, all: Seen, next: Seen): void => {
  if (JSON.stringify(next) !== JSON.stringify(all)) writePrivateFile(fileOf(settings), `${JSON.stringify(next)}\n`);
};

/** Most ids kept of a kind. */
const limit = 200;

/** Keeps the ids of a kind that were just listed, in place of those known before. */
export const rememberIds = (
  settings: Settings,
  network: string,
  kind: CompletionKind,
  ids: readonly SeenId[],
): void => {
  const all = read(settings);
  write(settings, all, { ...all, [network]: { ...all[network], [kind]: ids.slice(-limit) } });
};

const kinds = { taskSmallId: 'task', nodeSmallId: 'node', stackSmallId: 'stack' } as const;

/** Keeps the ids a write has just told of, beside those known before. */
export const rememberResult = (settings: Settings, network: string, result: object): void => {
  const all = read(settings);
  const here: Partial<Record<CompletionKind, readonly SeenId[]>> = { ...all[network] };
  for (const [field, kind] of Object.entries(kinds)) {
    const id = (result as Readonly<Record<string, unknown>>)[field];
    const known = here[kind] ?? [];
    if (typeof id === 'bigint' && !known.some(([seen]) => seen === String(id)))
      here[kind] = [...known, [String(id), kind] as const].slice(-limit);
  }
  write(settings, all, { ...all, [network]: here });
};
