/** How engines fail. Nothing is charged for any of these. */
import { defineErrors } from '@atoma/base';

const catalogue = {
  UNSUPPORTED: { message: '{param} is not supported by {model}', hint: 'Remove it or choose another value.' },
  SCHEMA: { message: 'The JSON schema cannot be filled: {why}', hint: 'Simplify the schema.' },
  REJECTED: { message: 'The engine refused the request: {why}', hint: 'Correct the request.' },
  UNPROVABLE: {
    message: 'Two evaluations of the answer by {model} differ too much for it to be proved',
    hint: 'Ask at level 0, or in words that the model knows.',
  },
  CONTEXT: { message: "The prompt is longer than the engine's context: {why}", hint: 'Shorten it.' },
  UNAVAILABLE: { message: 'No engine for {model} is reachable', hint: 'Try again shortly.', retryable: true },
  OVERLOADED: { message: 'All engines for {model} are busy', hint: 'Try again later.', retryable: true },
  FAILED: { message: 'The engine for {model} failed: {why}', hint: 'Nothing was charged; try another node.' },
  TIMEOUT: { message: 'The engine for {model} took longer than {ms} ms', hint: 'Nothing was charged; ask for less.' },
  MODEL_FILE: { message: 'The model file {file} cannot be used: {why}', hint: '{next}' },
  PROFILE: { message: 'The profile {file} cannot be used: {why}', hint: 'Make one: atoma calibrate --help.' },
  LLAMA_ABSENT: {
    message: 'Model files need the package node-llama-cpp, which is not installed',
    hint: 'Install it beside the program: npm install node-llama-cpp@3.21.1',
  },
} as const;

/** Faults of an engine. */
export const engineError = defineErrors('ENGINE', catalogue);

/** Whether the catalogue has an error of this name. */
export const isEngineErrorKind = (kind: string): kind is keyof typeof catalogue => Object.hasOwn(catalogue, kind);
