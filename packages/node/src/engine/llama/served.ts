/** What a model file is to those who ask for it. */
import { profileName, type SketchProfile } from '../../sketch/sketch-profile.ts';
import type { EngineModel } from '../types.ts';
import { unsupported } from './choice-rule.ts';

/** A model file, as far as it is known. */
export interface ServedFile {
  readonly name: string;
  readonly roles: readonly number[];
  /** Tokens of prompt and answer. */
  readonly contextLength: number;
  /** Absent: its answers cannot be checked. */
  readonly sketch?: SketchProfile | undefined;
  /** Type of its weights, as buyers name it. */
  readonly quantization?: string | undefined;
}

/** The entry of a model file. */
export const servedModel = ({ name, roles, contextLength, sketch, quantization }: ServedFile): EngineModel => ({
  name,
  roles,
  contextLength,
  tokenizer: null,
  profile: sketch ? profileName(sketch) : null,
  ...(sketch ? { sketch } : {}),
  imagePartUnits: 0n,
  refuses: unsupported,
  ...(quantization === undefined ? {} : { quantization }),
});
