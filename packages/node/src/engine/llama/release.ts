/** Turns tokens into text that can be shown: whole characters, nothing that may still become a stop text. */

/** A piece of an answer. */
export interface Piece {
  readonly text: string;
  /** Tokens of it, never more than its bytes. */
  readonly units: number;
}

/** Collects tokens and releases text. */
export interface Release {
  /** Takes a token; a stop text inside ends the answer. */
  readonly push: (token: number) => { readonly piece: Piece | undefined; readonly stopped: boolean };
  /** What is still held at the end. */
  readonly rest: () => Piece | undefined;
}

/** Length of the longest end of `text` that begins one of the stop texts. */
const heldLength = (text: string, stops: readonly string[]): number => {
  let held = 0;
  for (const stop of stops)
    for (let n = Math.min(stop.length - 1, text.length); n > held; n--) if (text.endsWith(stop.slice(0, n))) held = n;
  return held;
};

/** `decode` gives the text of tokens that follow others. */
export const openRelease = (
  decode: (tokens: readonly number[], before: readonly number[]) => string,
  stops: readonly string[],
): Release => {
  const done: number[] = [];
  let waiting: number[] = [];
  let held = '';
  let units = 0;
  const out = (text: string): Piece | undefined => {
    if (text === '') return undefined;
    const piece = { text, units: Math.min(Math.max(1, units), Buffer.byteLength(text)) };
    units = 0;
    return piece;
  };
  return {
    push: (token) => {
      waiting.push(token);
      units++;
      const text = decode(waiting, done.slice(-8));
      if (text.endsWith('\uFFFD') && waiting.length < 4) return { piece: undefined, stopped: false };
      done.push(...waiting);
      waiting = [];
      held += text;
      const at = stops.map((stop) => held.indexOf(stop)).filter((i) => i >= 0);
      if (at.length > 0) {
        const shown = held.slice(0, Math.min(...at));
        held = '';
        return { piece: out(shown), stopped: true };
      }
      const shown = held.slice(0, held.length - heldLength(held, stops));
      held = held.slice(shown.length);
      return { piece: out(shown), stopped: false };
    },
    rest: () => {
      const text = held + (waiting.length > 0 ? decode(waiting, done.slice(-8)) : '');
      held = '';
      waiting = [];
      return out(text);
    },
  };
};
