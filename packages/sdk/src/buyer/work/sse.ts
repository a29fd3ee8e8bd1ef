/** Server-sent events of a node, one block at a time. */

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
export const parseBlock = (text: string): SseBlock => {
  if (text.startsWith('data: ') && !text.includes('\n')) return { text, event: '', data: text.slice(6) };
  const lines = text.split('\n');
  return { text, event: field(lines, 'event'), data: field(lines, 'data') };
};

/** Cuts a byte stream into blocks. What is left without an empty line at the end is no block. */
export async function* sseBlocks(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseBlock> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true }).replaceAll('\r\n', '\n');
    let at = rest.indexOf('\n\n');
    while (at >= 0) {
      yield parseBlock(rest.slice(0, at));
      rest = rest.slice(at + 2);
      at = rest.indexOf('\n\n');
    }
  }
}
