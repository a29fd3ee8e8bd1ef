/** The language models of a checkout as engines: the one that is sold, and others under its name for who cheats. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blake2b256, toHex } from '@atoma/base';
import {
  type Engine,
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
  readonly lazy: () => Engine;
  readonly instead: (what: keyof typeof others) => Promise<Engine>;
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
  return {
    name,
    sold: () => startLlamaEngine(options),
    lazy: () =>
      lazyLlamaEngine(options, servedModel({ name, roles: [0], contextLength, sketch: profile, quantization: 'fp16' })),
    // The file is another, the profile says what the buyer was promised.
    instead: (what) => {
      const file = join(folder, others[what]);
      const weights = toHex(blake2b256(readFileSync(file)));
      return startLlamaEngine(llamaOptions.parse({ file, name, profile: { ...profile, weights } }));
    },
  };
};
