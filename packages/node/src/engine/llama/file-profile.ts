/** Whether a profile is that of a model file. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { blake2b256, openBlake2b256, toHex } from '@atoma/base';
import { parseProfile, type SketchProfile } from '../../sketch/sketch-profile.ts';
import { engineError } from '../engine-errors.ts';
import { checkModelFile, MOST_CONTEXT, nameOf } from './file.ts';
import { loadLibrary } from './library.ts';

/** Hashes that name a model, hex. */
export interface ModelHashes {
  readonly weights: string;
  readonly tokenizer: string;
  readonly template: string;
}

/** What of a GGUF file's metadata the hashes cover. */
export interface Metadata {
  readonly tokenizer: { readonly ggml: { readonly tokens: readonly string[] }; readonly chat_template?: string };
}

/** Type of control tokens in GGUF files. */
const CONTROL = 3;

const ofText = (text: string): string => toHex(blake2b256(new TextEncoder().encode(text)));

/** BLAKE2b-256 of a file, of its tokens (as JSON) and of its chat template. */
export const hashesOf = async (file: string, { tokenizer }: Metadata): Promise<ModelHashes> => {
  const hash = await openBlake2b256();
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Uint8Array);
  return {
    weights: toHex(hash.digest()),
    tokenizer: ofText(JSON.stringify(tokenizer.ggml.tokens)),
    template: ofText(tokenizer.chat_template ?? ''),
  };
};

/** Terms of a profile that follow from the file. */
export interface FileTerms extends ModelHashes {
  readonly name: string;
  readonly context: number;
  /** Size of the vocabulary. */
  readonly vocabulary: number;
  /** Whether it has weights, not tokens and template alone. */
  readonly hasWeights: boolean;
  /** Ids of text: whatever ends an answer, or only frames it, is none. */
  readonly texts: readonly number[];
}

/** What a file says of itself, as a profile names it. Throws `ENGINE_MODEL_FILE`, `ENGINE_LLAMA_ABSENT`. */
export const fileTerms = async (file: string, withWeights = true): Promise<FileTerms> => {
  checkModelFile(file, withWeights);
  const { readGgufFileInfo } = await loadLibrary();
  const { metadata, architectureMetadata, tensorCount } = await readGgufFileInfo(file, {
    readTensorInfo: false,
    logWarnings: false,
  });
  const { token_type, eos_token_id } = metadata.tokenizer.ggml;
  return {
    ...(await hashesOf(file, metadata)),
    name: nameOf(file, metadata.general.name),
    context: Math.min(MOST_CONTEXT, architectureMetadata.context_length ?? MOST_CONTEXT),
    hasWeights: Number(tensorCount) > 0,
    vocabulary: metadata.tokenizer.ggml.tokens.length,
    texts: metadata.tokenizer.ggml.tokens
      .map((_, id) => id)
      .filter((id) => token_type?.[id] !== CONTROL && id !== eos_token_id),
  };
};

/** Reads a profile. Throws `ENGINE_PROFILE`. */
export const readProfile = (file: string): SketchProfile => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw engineError('PROFILE', { file, why: (cause as Error).message }, cause);
  }
  const parsed = parseProfile(value);
  if (parsed.kind === 'fault') throw engineError('PROFILE', { file, why: parsed.why });
  return parsed.profile;
};

/** The profile that lies beside a model file, if there is one. */
export const profileBeside = (file: string): string | undefined => {
  const beside = file.replace(/\.gguf$/i, '.profile.json');
  return beside !== file && existsSync(beside) ? beside : undefined;
};

/** What a profile must agree with a file in: of a server's weights nothing can be read, they show in its values alone. */
export const comparedHashes = (atServer: boolean): readonly (keyof ModelHashes)[] =>
  atServer ? ['tokenizer', 'template'] : ['weights', 'tokenizer', 'template'];
