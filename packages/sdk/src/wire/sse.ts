/** Server-sent events, one block at a time. */

/** A block as it was received, and its fields. */
export interface SseBlock {
  /** Text without the empty line behind it. */
  readonly text: string;
  readonly event: string;
  readonly data: string;
}

const field = (lines: readonly string[], name: string): string =>
  lines
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
    .join('\n');

/** Reads a block; the common case of one `data:` line takes the short way. */
const parseBlock = (text: string): SseBlock => {
  if (text.startsWith('data: ') && !text.includes('\n')) return { text, event: '', data: text.slice(6) };
  const lines = text.split('\n');
  return { text, event: field(lines, 'event'), data: field(lines, 'data') };
};

/** Cuts text into blocks as it comes. What is left without an empty line at the end is no block. */
export const createSseReader = (): ((text: string) => readonly SseBlock[]) => {
  let rest = '';
  return (text) => {
    rest += text;
    const blocks: SseBlock[] = [];
    let from = 0;
    for (let at = rest.indexOf('\n\n'); at >= 0; at = rest.indexOf('\n\n', from)) {
      blocks.push(parseBlock(rest.slice(from, at)));
      from = at + 2;
    }
    if (from > 0) rest = rest.slice(from);
    return blocks;
  };
};

/** The same for bytes, whose lines may end in CR LF. */
export const createSseByteReader = (): ((bytes: Uint8Array) => readonly SseBlock[]) => {
  const decoder = new TextDecoder();
  const read = createSseReader();
  /** A CR at the end of a piece may belong to the LF that begins the next one. */
  let carried = '';
  return (bytes) => {
    const text = carried + decoder.decode(bytes, { stream: true });
    carried = text.endsWith('\r') ? '\r' : '';
    return read((carried === '' ? text : text.slice(0, -1)).replaceAll('\r\n', '\n'));
  };
};

/** Cuts a byte stream into blocks. */
export async function* sseBlocks(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseBlock> {
  const read = createSseByteReader();
  for await (const bytes of body) yield* read(bytes);
}
