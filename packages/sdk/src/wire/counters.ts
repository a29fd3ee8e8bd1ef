/** How reproducible profiles count: what a node bills by, and a buyer counts again. Imports nothing: engines in processes of their own start quickly. */

const encoder = new TextEncoder();
/** Node counts without encoding; pages have no buffers. */
const nodeBuffer = globalThis.Buffer as typeof Buffer | undefined;

/** Bytes of a text in UTF-8. */
export const utf8Bytes = (text: string): bigint =>
  BigInt(nodeBuffer ? nodeBuffer.byteLength(text) : encoder.encode(text).length);

/** Counts prompts and answers as a model does. */
export interface UnitCounter {
  readonly prompt: (endpoint: string, body: Readonly<Record<string, unknown>>) => bigint;
  readonly completion: (endpoint: string, texts: readonly string[]) => bigint;
}

/**
 * A piece of the profiles `atoma-int/2` and `atoma-int/3`: at most twelve letters or three digits with the space before them, or one code point. Every
 * text is its pieces in order, and any number of its first pieces are the pieces of what they spell, so that an answer that was cut
 * counts as it was billed.
 */
const PIECE = / ?[A-Za-z]{1,12}| ?[0-9]{1,3}|[\s\S]/gu;

/** The pieces of a text. */
export const textPieces = (text: string): readonly string[] => text.match(PIECE) ?? [];

/** How many they are. */
export const countPieces = (text: string): number => {
  let count = 0;
  for (const _ of text.matchAll(PIECE)) count++;
  return count;
};

const partText = (part: unknown): string => {
  const { text }: Readonly<Record<string, unknown>> = Object(part);
  return typeof text === 'string' ? text : '';
};
const contentText = (content: unknown): string =>
  Array.isArray(content) ? content.map(partText).join('') : typeof content === 'string' ? content : '';

/** Counts a prompt as the built-in models do: of each message its role, one more, and its text; tools and a schema as JSON. */
const counterOf = (count: (text: string) => bigint): UnitCounter => ({
  prompt: (endpoint, body) => {
    const sum = (texts: readonly unknown[]): bigint =>
      texts.reduce((total: bigint, text) => total + count(String(text)) + 1n, 0n);
    if (endpoint === '/v1/embeddings') return sum(Array.isArray(body.input) ? body.input : [body.input]);
    const beside = [body.tools, body.response_format]
      .filter((each) => (each ?? null) !== null)
      .reduce((total: bigint, each) => total + count(JSON.stringify(each)), 0n);
    if (!Array.isArray(body.messages)) return sum(Array.isArray(body.prompt) ? body.prompt : [body.prompt]) + beside;
    return body.messages.reduce(
      (total: bigint, message: { role?: unknown; content?: unknown }) =>
        total + count(String(message.role)) + 1n + count(contentText(message.content)),
      beside,
    );
  },
  completion: (_, texts) => texts.reduce((total, text) => total + count(text), 0n),
});

const piecesCounter = counterOf((text) => BigInt(countPieces(text)));

/** The tokenizers of reproducible profiles that this version knows, exact. */
export const profileCounters: Readonly<Record<string, UnitCounter>> = {
  'atoma-int/1': counterOf(utf8Bytes),
  'atoma-int/2': piecesCounter,
  'atoma-int/3': piecesCounter,
};
