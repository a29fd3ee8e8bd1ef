import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../config/home.ts';
import type { Settings } from '../config/settings.ts';
import type { CompletionKind } from '../kernel/flag.ts';

/** An id with a few words about it. */
export type SeenId = readonly [id: string, brief: string];

type Seen = Partial<Record<string, Partial<Record<CompletionKind, readonly SeenId[]>>>>;

const fileOf = (settings: Settings): string => join(settings.home.directory, 'completion.json');

const read = (settings: Settings): Seen => {
  try {
    return existsSync(fileOf(settings)) ? (JSON.parse(readFileSync(fileOf(settings), 'utf8')) as Seen) : {};
  } catch {
    return {}; // only a memory for completion: starting over loses nothing
  }
};

/** Ids of a kind shown lately on a network; completion offers them without opening a chain. */
export const seenIds = (settings: Settings, network: string, kind: CompletionKind): readonly SeenId[] =>
  read(settings)[network]?.[kind] ?? [];

/** Keeps ids that were just shown, at most 200 of a kind. */
export const rememberIds = (
  settings: Settings,
  network: string,
  kind: CompletionKind,
  ids: readonly SeenId[],
): void => {
  const all = read(settings);
  const next = { ...all, [network]: { ...all[network], [kind]: ids.slice(-200) } };
  if (JSON.stringify(next) !== JSON.stringify(all)) writePrivateFile(fileOf(settings), `${JSON.stringify(next)}\n`);
};
