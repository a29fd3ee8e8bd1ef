/** What an engine is to the daemon: it measures prompts and produces events; HTTP renders the events whole or streamed. */

import type { Endpoint } from '@atoma/sdk';
import type { SketchProfile } from '../sketch/sketch-profile.ts';

/** Endpoints an engine can serve. */
export type { Endpoint };

/** A model an engine serves. */
export interface EngineModel {
  readonly name: string;
  /** Task roles it can do: 0 chat, 1 embeddings, 2 vision, 3 images, 4 speech, 5 transcription. */
  readonly roles: readonly number[];
  /** Units of prompt and answer together. */
  readonly contextLength: number;
  /** Name of the tokenizer units are counted with; null: only the engine itself can count. */
  readonly tokenizer: string | null;
  /** Name of the reproducible profile, e.g. `atoma-int/1`; null when outputs may differ between runs. */
  readonly profile: string | null;
  /** The terms of `profile`, where its answers are checked by their values and not bit by bit: the engine then gives steps. */
  readonly sketch?: SketchProfile;
  /** Units of an image part of a prompt. */
  readonly imagePartUnits: bigint;
  /** Precision of its weights, by the names buyers filter by, e.g. `int8`; absent: not known. */
  readonly quantization?: string;
  /** Members of bodies that it refuses. */
  readonly refuses?: readonly string[];
}

/**
 * A wish for the steps of the work, for somebody who will check it, or who checks it. An engine whose answers are checked by their values
 * tells them with its pieces, one that repeats its answers bit by bit as {@link Accepted.integers}.
 */
export interface StepsWanted {
  /** What draws the ids whose logits are wanted: the request's hash, 64 hex digits. */
  readonly challenge: string;
  /** Tokens by choice that somebody claims to have chosen: they are evaluated, none is generated (teacher forcing). */
  readonly claimed?: readonly (readonly number[])[];
  /** Evaluates claimed tokens one after another, in the way an answer is made, and not in one go: dearer, and nearer to its server. */
  readonly stepwise?: boolean;
}

/** One step of a choice. */
export interface TokenStep {
  /** Id of the token that was chosen. */
  readonly token: number;
  /** Differences of logits in front of it, by pair of its position (`pairsAt`). */
  readonly values: readonly number[];
  /** Of a claimed token: logits by which it falls short of the engine's own choice; absent for 0. */
  readonly gap?: number;
}

/** A file of a form. */
export interface Upload {
  /** Name of the form's field. */
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A validated request. */
export interface EngineRequest {
  readonly endpoint: Endpoint;
  readonly model: string;
  /** The JSON body, or the fields of the form. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The first uploaded file of a form. */
  readonly file: Upload | null;
  /** All of them, in order; absent where there is no form. */
  readonly files?: readonly Upload[];
  /** The body's seed, or the one derived from the request hash. */
  readonly seed: number;
  /** Number of choices. */
  readonly n: number;
  /** Whether the answer is wanted piece by piece. */
  readonly stream: boolean;
  /** Absent: no steps are wanted. */
  readonly steps?: StepsWanted;
}

/** How much an engine may produce. */
export interface EngineLimit {
  /** eff_max, units per choice; null for endpoints without generated units. */
  readonly maxPerChoice: number | null;
  /** Units per choice after which a client cut the answer: the engine stops exactly there. */
  readonly cut: readonly number[] | null;
}

/** A piece of a choice. */
export interface Delta {
  readonly type: 'delta';
  readonly choice: number;
  readonly content?: string;
  readonly refusal?: string;
  readonly reasoning?: string;
  readonly tool?: {
    readonly index: number;
    readonly id?: string;
    readonly name?: string;
    readonly arguments?: string;
    /** A call of a custom tool: `arguments` are its free text. */
    readonly custom?: boolean;
  };
  /** Passed through. */
  readonly logprobs?: unknown;
  /** Units of this piece where the engine counts exactly. */
  readonly units?: number;
  /** The steps up to this piece that no piece before has told. */
  readonly steps?: readonly TokenStep[];
}

/** One embedding. */
export interface Vector {
  readonly type: 'vector';
  readonly index: number;
  readonly values: readonly number[];
}

/** An image or a sound. */
export interface Media {
  readonly type: 'media';
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** Why a choice ended, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** The end of a choice. */
export interface Finish {
  readonly type: 'finish';
  readonly choice: number;
  readonly reason: FinishReason;
  /** The text of the request's `stop` that ended it, where the engine tells. */
  readonly matched?: string;
  /** The steps behind the last piece. */
  readonly steps?: readonly TokenStep[];
  /** Of claimed tokens: whether an answer of exactly these ends where they end. */
  readonly whole?: boolean;
  /** Further members of a transcription. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What the engine counted; null: it did not. */
export interface Usage {
  readonly type: 'usage';
  readonly prompt: bigint | null;
  readonly completion: bigint | null;
  /** Part of the prompt that was read from a cache. */
  readonly cached?: bigint;
  /** Part of the completion that was spent on thoughts, shown or not. */
  readonly reasoning?: bigint;
}

/** A server has taken the request; its first output may be long in coming. */
export interface Accepted {
  readonly type: 'accepted';
  /** Of an engine that gives steps, where they are wanted: ids of the prompt that its profile was not measured on, each once. */
  readonly strange?: readonly number[];
  /**
   * Of an engine that repeats its answers bit by bit, where steps are wanted: whole numbers it computed from all of the request, whatever
   * part of the answer is delivered. They make the hash of the work hard to guess.
   */
  readonly integers?: readonly number[];
}

/** What an engine produces, in order. */
export type EngineEvent = Accepted | Delta | Vector | Media | Finish | Usage;

/** Whether an engine can take work. */
export interface EngineHealth {
  readonly healthy: boolean;
  readonly detail: string;
}

/** Units of a prompt; `exact` false means an upper bound. */
export interface Measure {
  readonly prompt: bigint;
  readonly exact: boolean;
}

/** A source of answers. */
export interface Engine {
  readonly id: string;
  readonly models: () => Promise<readonly EngineModel[]>;
  /** Units of the prompt, before anything is spent. */
  readonly measure: (request: EngineRequest) => Promise<Measure>;
  /** Throws errors of the engine catalogue; stops soon after `signal` aborts. */
  readonly run: (request: EngineRequest, limit: EngineLimit, signal: AbortSignal) => AsyncIterable<EngineEvent>;
  readonly health: () => Promise<EngineHealth>;
  /** The same engine started anew: in a process, or with connections, of its own. Absent: it cannot be. */
  readonly renew?: () => Promise<Engine>;
  readonly close: () => Promise<void>;
}
