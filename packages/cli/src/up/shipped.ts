/** The language models of a checkout as engines: the one that is sold, and others under its name for who cheats. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blake2b256, loadFastBlake2b, toHex } from '@atoma/base';
import {
  type Engine,
  type LazyEngine,
  type LlamaOptions,
  lazyLlamaEngine,
  llamaOptions,
  profileBeside,
  readProfile,
  servedModel,
  startLlamaEngine,
} from '@atoma/node';

const SOLD = 'atoma-small-f16.gguf';

/** What a cheat may serve in its place. */
const others = { quantised: 'atoma-small-q4_0.gguf', smaller: 'atoma-tiny-f16.gguf' } as const;

/** The models. */
export interface ShippedModels {
  /** Name of the one that is sold. */
  readonly name: string;
  readonly sold: () => Promise<Engine>;
  /** The same, loaded by its first request. */
  readonly lazy: () => LazyEngine;
  readonly instead: (what: keyof typeof others) => Promise<Engine>;
  /** The one that is sold, and in its process another, which requests have by its own name. */
  readonly beside: (what: keyof typeof others) => { readonly engine: LazyEngine; readonly other: string };
}

const modelFolder = (): string | undefined => {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 6; up++, folder = dirname(folder)) {
    const found = join(folder, 'models');
    if ([SOLD, ...Object.values(others)].every((file) => existsSync(join(found, file)))) return found;
  }
  return undefined;
};

const hasLibrary = (): boolean => {
  try {
    import.meta.resolve('node-llama-cpp');
    return true;
  } catch {
    return false;
  }
};

/** The models; undefined where files or library are missing. */
export const shippedModels = (): ShippedModels | undefined => {
  const folder = modelFolder();
  const beside = folder && profileBeside(join(folder, SOLD));
  if (!folder || !beside || !hasLibrary()) return undefined;
  const profile = readProfile(beside);
  const name = profile.model;
  const options = llamaOptions.parse({ file: join(folder, SOLD), name, profile });
  const { context: contextLength } = profile;
  const served = servedModel({ name, roles: [0], contextLength, sketch: profile, quantization: 'fp16' });
  // The file is another, the profile says what the buyer was promised.
  const insteadAs = async (as: string, what: keyof typeof others): Promise<LlamaOptions> => {
    const file = join(folder, others[what]);
    await loadFastBlake2b();
    const weights = toHex(blake2b256(await readFile(file)));
    return llamaOptions.parse({ file, name: as, profile: { ...profile, weights } });
  };
  return {
    name,
    sold: () => startLlamaEngine(options),
    lazy: () => lazyLlamaEngine(async () => [options], served),
    instead: async (what) => startLlamaEngine(await insteadAs(name, what)),
    beside: (what) => {
      const other = `${name} ${what}`;
      return { engine: lazyLlamaEngine(async () => [options, await insteadAs(other, what)], served), other };
    },
  };
};
