/** Whether a profile is that of a loaded model. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import { profileName, type SketchProfile } from '../../sketch/sketch-profile.ts';
import { fileFault } from './file.ts';
import { comparedHashes, hashesOf, readProfile } from './file-profile.ts';
import type { LlamaOptions } from './options.ts';

/** Reads a profile and holds it against the loaded model. Throws `ENGINE_PROFILE`, `ENGINE_MODEL_FILE`. */
export const fittingProfile = async (
  given: string | SketchProfile,
  { file, kv, server, flash_attention: flashAttention }: LlamaOptions,
  model: LlamaModel,
): Promise<SketchProfile> => {
  const profile = typeof given === 'string' ? readProfile(given) : given;
  const path = typeof given === 'string' ? given : profileName(profile);
  const found = await hashesOf(file, model.fileInfo.metadata);
  for (const name of comparedHashes(server !== undefined))
    if (profile[name] !== found[name])
      throw fileFault(
        file,
        `its ${name} are not those of the profile ${path} (${found[name].slice(0, 12)}… instead of ${profile[name].slice(0, 12)}…)`,
        'Serve the file the profile was made for, or make a profile of this one: atoma calibrate.',
      );
  if (profile.kv !== kv)
    throw fileFault(
      file,
      `the profile ${path} is for a cache of type ${profile.kv}, not ${kv}`,
      `Set kv: ${profile.kv}, or make a profile of this way to run it.`,
    );
  if (flashAttention === false)
    throw fileFault(
      file,
      `the profile ${path} is for attention that is computed in one go`,
      'Leave flash_attention out, or sell the model at level 0: without it values differ too much.',
    );
  const ending = profile.live.find((id) => model.isEogToken(id as Token));
  if (ending !== undefined)
    throw fileFault(
      file,
      `the profile ${path} names id ${ending}, which ends answers`,
      'Make the profile anew: atoma calibrate.',
    );
  const last = profile.live.at(-1) as number;
  if (last >= model.fileInfo.metadata.tokenizer.ggml.tokens.length)
    throw fileFault(
      file,
      `the profile ${path} names id ${last}, which it does not have`,
      'Make the profile anew: atoma calibrate.',
    );
  return profile;
};
