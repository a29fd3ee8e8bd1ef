/** What a backup holds: `manifest.json` beside the folder `files`. */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { isSqlite, sqliteDamage } from '@atoma/base';
import * as z from 'zod';
import { cliError } from '../kernel/cli-errors.ts';
import { hashOf } from './copy.ts';

/** A path below the home directory that leads nowhere else. */
const inside = z
  .string()
  .min(1)
  .refine((path) => !isAbsolute(path) && normalize(path) === path && !path.startsWith('..'), 'leads out of the backup');

const schema = z.strictObject({
  schema: z.literal('atoma/backup/1'),
  made_at: z.iso.datetime(),
  version: z.string(),
  files: z.array(z.strictObject({ path: inside, bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** The manifest of a backup. */
export type Manifest = z.infer<typeof schema>;

/** Where the copies of a backup lie. */
export const filesOf = (backup: string): string => join(backup, 'files');
/** Where its manifest lies. */
export const manifestOf = (backup: string): string => join(backup, 'manifest.json');

/** Reads a backup and checks every file of it. Throws `CLI_BACKUP_BAD`. */
export const readBackup = (backup: string): Manifest => {
  const bad = (why: string, cause?: unknown) => cliError('BACKUP_BAD', { backup, why }, cause);
  if (!existsSync(manifestOf(backup))) throw bad('it has no manifest.json');
  let manifest: Manifest;
  try {
    manifest = schema.parse(JSON.parse(readFileSync(manifestOf(backup), 'utf8')));
  } catch (error) {
    throw bad('its manifest.json cannot be read', error);
  }
  for (const { path, sha256 } of manifest.files) {
    const file = join(filesOf(backup), path);
    if (!existsSync(file)) throw bad(`${path} is missing`);
    if (hashOf(file) !== sha256) throw bad(`${path} was changed or damaged`);
    const damage = isSqlite(file) ? sqliteDamage(file) : undefined;
    if (damage !== undefined) throw bad(`${path}: ${damage}`);
  }
  return manifest;
};
