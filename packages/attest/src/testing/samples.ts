/** Real evidence from public projects, where the folder with it lies beside the checkout; it is not part of this repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../../../shared/data/attestation');

/** Whether the folder is there. */
export const hasSamples = existsSync(folder);

/** Where it should be, for messages. */
export const samplesFolder = folder;

/** A file's bytes. */
export const sample = (name: string): Buffer => readFileSync(join(folder, name));

/** A file's text. */
export const sampleText = (name: string): string => sample(name).toString('utf8');
