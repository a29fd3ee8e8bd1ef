/**
 * Answers of HTTP/1.1 (RFC 9112) from the bytes of a connection. As strict as Node's own parser: what could be read in two ways is no
 * answer.
 */

/** Longest head and line, bytes; as in node:http. */
const MAX_HEAD = 16 * 1024;
/** Heads in front of the answer's (1xx), and trailers behind it. */
const MAX_ASIDES = 100;

/** Names in lower case and values, in turns, as they came. */
export type RawHeaders = readonly string[];

/** Told what is read, in order. `end` comes once. */
export interface AnswerEvents {
  readonly head: (status: number, headers: RawHeaders) => void;
  readonly data: (part: Buffer) => void;
  readonly end: () => void;
}

/** Reads one answer. */
export interface AnswerParser {
  /** Takes what came. Throws a `NetworkError` whose cause has the code that Node's parser gives it, `HPE_...`. */
  readonly push: (bytes: Buffer) => void;
  /** The connection has ended; whether that is an end of the answer, which is then told. */
  readonly close: () => boolean;
  /** Whether its connection can take another request, once the answer has ended. */
  readonly keepsAlive: () => boolean;
}

/** What is no HTTP. */
const broken = (code: string, why: string): Error =>
  new DOMException(`the answer is not HTTP: ${why}`, { name: 'NetworkError', cause: { code: `HPE_${code}` } });

/** Whether an error says that what came is no HTTP. */
export const isNotHttp = (error: unknown): boolean =>
  error instanceof DOMException && String((error.cause as { code?: unknown } | undefined)?.code).startsWith('HPE_');

/** A header; several of one name are joined. */
export const headerIn = (headers: RawHeaders, name: string): string | undefined => {
  let found: string | undefined;
  for (let at = 0; at < headers.length; at += 2)
    if (headers[at] === name) found = found === undefined ? headers[at + 1] : `${found}, ${headers[at + 1]}`;
  return found;
};

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

const headersOf = (lines: readonly string[]): RawHeaders => {
  const headers: string[] = [];
  for (let at = 1; at < lines.length; at++) {
    const found = HEADER.exec(lines[at] as string);
    if (!found) throw broken('INVALID_HEADER_TOKEN', 'a header is malformed');
    headers.push((found[1] as string).toLowerCase(), (found[2] as string).trimEnd());
  }
  return headers;
};

/** How a body ends: behind so many bytes, with its last chunk, or with its connection. */
type Framing = number | 'chunked' | 'close';

const framingOf = (status: number, headers: RawHeaders): Framing => {
  const coding = headerIn(headers, 'transfer-encoding');
  const length = headerIn(headers, 'content-length');
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw broken('INVALID_CONTENT_LENGTH', 'its length is no number');
  if (coding !== undefined && length !== undefined)
    throw broken('INVALID_TRANSFER_ENCODING', 'it has a length and a transfer coding');
  if (status === 204 || status === 304) return 0;
  if (coding !== undefined) return /(?:^|[,\s])chunked\s*$/i.test(coding) ? 'chunked' : 'close';
  return length === undefined ? 'close' : Number(length);
};

const says = (headers: RawHeaders, token: string): boolean =>
  (headerIn(headers, 'connection') ?? '')
    .toLowerCase()
    .split(',')
    .some((each) => each.trim() === token);

const CRLF = '\r\n';

/** Makes the parser of one answer. */
export const createAnswerParser = (events: AnswerEvents): AnswerParser => {
  let state: 'head' | 'body' | 'size' | 'chunk' | 'chunkEnd' | 'trailers' | 'done' = 'head';
  /** The beginning of a line or head that is not all here. */
  let kept: Buffer | undefined;
  let framing: Framing = 0;
  let keepsAlive = false;
  /** Bytes of the body or chunk that are still to come. */
  let left = 0;
  let asides = 0;

  const aside = (): void => {
    if (++asides > MAX_ASIDES) throw broken('HEADER_OVERFLOW', 'it does not come to its point');
  };
  const finish = (): void => {
    state = 'done';
    events.end();
  };
  /** Everything up to a mark, which is cut off; undefined when it is not here yet. */
  const upTo = (bytes: Buffer, mark: string): { readonly text: string; readonly rest: Buffer } | undefined => {
    const all = kept ? Buffer.concat([kept, bytes]) : bytes;
    const at = all.indexOf(mark, 0, 'latin1');
    if (at > MAX_HEAD || (at < 0 && all.length > MAX_HEAD)) throw broken('HEADER_OVERFLOW', 'its head is too long');
    kept = at < 0 ? all : undefined;
    return at < 0 ? undefined : { text: all.toString('latin1', 0, at), rest: all.subarray(at + mark.length) };
  };
  const readHead = (text: string): void => {
    const lines = text.split(CRLF);
    const found = STATUS_LINE.exec(lines[0] as string);
    if (!found) throw broken('INVALID_CONSTANT', 'its first line is malformed');
    const [status, minor] = [Number(found[2]), found[1]];
    const headers = headersOf(lines);
    if (status === 101) throw broken('INVALID_CONSTANT', 'it changes the protocol');
    if (status < 200) {
      aside(); // the answer follows
      return;
    }
    framing = framingOf(status, headers);
    keepsAlive = framing !== 'close' && (minor === '1' ? !says(headers, 'close') : says(headers, 'keep-alive'));
    events.head(status, headers);
    if (framing === 0) finish();
    else {
      state = framing === 'chunked' ? 'size' : 'body';
      left = typeof framing === 'number' ? framing : Number.POSITIVE_INFINITY;
    }
  };
  const readSize = (line: string): void => {
    const size = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line)?.[1];
    if (size === undefined) throw broken('INVALID_CHUNK_SIZE', 'the size of a chunk is malformed');
    left = Number.parseInt(size, 16);
    state = left === 0 ? 'trailers' : 'chunk';
  };
  const readBody = (bytes: Buffer): Buffer => {
    const part = bytes.length <= left ? bytes : bytes.subarray(0, left);
    left -= part.length;
    events.data(part);
    if (left === 0) {
      if (state === 'body') finish();
      else state = 'chunkEnd';
    }
    return bytes.subarray(part.length);
  };
  const readLine = (bytes: Buffer): Buffer => {
    const found = upTo(bytes, state === 'head' ? `${CRLF}${CRLF}` : CRLF);
    if (!found) return Buffer.alloc(0);
    const { text, rest } = found;
    if (state === 'head') readHead(text);
    else if (state === 'size') readSize(text);
    else if (state === 'chunkEnd') {
      if (text !== '') throw broken('STRICT', 'a chunk is longer than it said');
      state = 'size';
    } else if (text === '') finish();
    else aside(); // trailers say nothing that is asked for
    return rest;
  };
  return {
    push: (bytes) => {
      for (let rest = bytes; rest.length > 0; ) {
        if (state === 'done') throw broken('CLOSED_CONNECTION', 'more came than the answer');
        rest = state === 'body' || state === 'chunk' ? readBody(rest) : readLine(rest);
      }
    },
    close: () => {
      if (state === 'body' && framing === 'close') finish();
      return state === 'done';
    },
    keepsAlive: () => keepsAlive,
  };
};
