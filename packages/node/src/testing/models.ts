/** The shipped models as engines: honest ones that differ in how they compute, and cheats that serve something else under the same name. */
import { join, resolve } from 'node:path';
import { fileTerms, readProfile } from '../engine/llama/file-profile.ts';
import { type LlamaOptions, llamaOptions } from '../engine/llama/options.ts';
import { startLlamaEngine } from '../engine/llama/start.ts';
import type { LogitServer } from '../engine/logits/types.ts';
import type { Engine } from '../engine/types.ts';

const folder = resolve(import.meta.dirname, '../../../../models');

/** Path of a shipped model file. */
export const modelFile = (name: string): string => join(folder, `${name}.gguf`);

/** Profile of the model the tests sell. */
export const profileFile = join(folder, 'atoma-small-f16.profile.json');

/** Name the model is sold under. */
export const SOLD = 'atoma/small';

/** The model that is sold, run in some way. */
export const honestEngine = (more: Partial<LlamaOptions> = {}): Promise<Engine> =>
  startLlamaEngine(
    llamaOptions.parse({ file: modelFile('atoma-small-f16'), name: SOLD, profile: profileFile, ...more }),
  );

/** The model that is sold, with its values from a server: of the file tokens and template are read alone. */
export const servedEngine = (kind: LogitServer, url: string): Promise<Engine> =>
  honestEngine({ server: { kind, url: `${url}/v1` } });

/** Another file, with a profile that names its hashes, so that the program takes it: what a cheat does to its own copy. */
const otherEngine = async (file: string): Promise<Engine> => {
  const { weights, tokenizer, template } = await fileTerms(file);
  const profile = { ...readProfile(profileFile), weights, tokenizer, template };
  return startLlamaEngine(llamaOptions.parse({ file, name: SOLD, profile }));
};

/** While `cheats`, serves another shipped file under the name and profile of the honest engine; else that. */
export const cheatingModel = async (honest: Engine, name: string, cheats: () => boolean): Promise<Engine> => {
  const other = await otherEngine(modelFile(name));
  return {
    ...honest,
    run: (request, limit, signal) => (cheats() && !request.steps?.claimed ? other : honest).run(request, limit, signal),
    close: () => other.close(),
  };
};
