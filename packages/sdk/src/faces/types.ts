/** Other APIs that clients speak, each mapped on a chat completion: one kernel, several faces. */
import type { ContentChoice } from '../wire/content.ts';
import type { Json } from './client-json.ts';

/** Turns the events of a chat stream into those of a face. */
export interface FaceStream {
  /** Text of a chat stream, whole blocks; gives the text to send in its place, which may be empty. */
  readonly take: (chatText: string) => string;
}

/** One API. */
export interface Face {
  /** The chat body that asks the same; `before` are chat messages of an earlier conversation. Throws `FACE_*`. */
  readonly toChat: (body: Json, before?: readonly Json[]) => Json;
  /** The answer to `body`, from a whole chat completion. */
  readonly answer: (body: Json, chat: Json) => Json;
  /** The answer to `body` as it comes. `done` is given the whole answer at the end. */
  readonly stream: (body: Json, done?: (answer: Json) => void) => FaceStream;
  /** Arguments of a tool call as clients of this API see them in the answer to `body`; the content hash covers these. */
  readonly heard: (call: { readonly name: string; readonly arguments: string }, body: Json) => string;
  /** What an answer holds, as the content hash covers it. */
  readonly contentOf: (answer: Json) => ContentChoice;
  /** Puts the events of a stream together to an answer. */
  readonly collect: () => { readonly add: (event: Json) => void; readonly answer: () => Json };
  /** An error body of a chat completion, `{error}`, in this API's form. */
  readonly error: (error: Json, status: number) => Json;
  /** Body of the answer to a question for the tokens of a prompt. */
  readonly count: (tokens: number) => Json;
}
