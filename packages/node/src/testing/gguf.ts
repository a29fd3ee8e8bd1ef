/** GGUF files as bytes, so that tests can make faulty ones out of a good one: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */

/** A file taken apart. Values of metadata and descriptions of tensors keep the form they have in the file. */
export interface GgufParts {
  readonly version: number;
  /** By key: the type, little-endian, and the value. */
  readonly metadata: Map<string, Buffer>;
  /** Description of a tensor (name, shape, type, offset) by its name. */
  readonly tensors: Map<string, Buffer>;
  readonly data: Buffer;
}

const ALIGNMENT = 32;
const [STRING, ARRAY] = [8, 9];
/** Bytes of a value by type; strings and lists have none of their own. */
const sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

const reader = (bytes: Buffer) => {
  let at = 0;
  const step = (length: number): number => {
    at += length;
    return at - length;
  };
  const u32 = (): number => bytes.readUInt32LE(step(4));
  const u64 = (): number => Number(bytes.readBigUInt64LE(step(8)));
  const text = (): string => {
    const length = u64();
    const from = step(length);
    return bytes.toString('utf8', from, at);
  };
  const skip = (type: number): void => {
    if (type === STRING) text();
    else if (type === ARRAY) {
      const [kind, count] = [u32(), u64()];
      for (let i = 0; i < count; i++) skip(kind);
    } else at += sizes[type] as number;
  };
  const span = (read: () => void): Buffer => {
    const from = at;
    read();
    return bytes.subarray(from, at);
  };
  return { u32, u64, text, skip, span, at: () => at };
};

/** Takes a file of version 3 apart. */
export const readGguf = (bytes: Buffer): GgufParts => {
  const { u32, u64, text, skip, span, at } = reader(bytes);
  u32(); // magic
  const [version, tensorCount, count] = [u32(), u64(), u64()];
  const metadata = new Map<string, Buffer>();
  for (let i = 0; i < count; i++) {
    const key = text();
    metadata.set(
      key,
      span(() => skip(u32())),
    );
  }
  const tensors = new Map<string, Buffer>();
  for (let i = 0; i < tensorCount; i++) {
    let name = '';
    const described = span(() => {
      name = text();
      for (let dimensions = u32(); dimensions > 0; dimensions--) u64();
      u32();
      u64();
    });
    tensors.set(name, described);
  }
  return { version, metadata, tensors, data: bytes.subarray(Math.ceil(at() / ALIGNMENT) * ALIGNMENT) };
};

const u32Bytes = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const u64Bytes = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};

const textBytes = (text: string): Buffer =>
  Buffer.concat([u64Bytes(BigInt(Buffer.byteLength(text))), Buffer.from(text)]);

/** A value of metadata that is a text. */
export const ggufText = (text: string): Buffer => Buffer.concat([u32Bytes(STRING), textBytes(text)]);

/** A value of metadata that is a whole number of 32 bits. */
export const ggufNumber = (value: number): Buffer => Buffer.concat([u32Bytes(4), u32Bytes(value)]);

/** A value of metadata that is a list of texts. */
export const ggufTexts = (texts: readonly string[]): Buffer =>
  Buffer.concat([u32Bytes(ARRAY), u32Bytes(STRING), u64Bytes(BigInt(texts.length)), ...texts.map(textBytes)]);

/** Puts a file together; `counts` are told in place of the true ones. */
export const writeGguf = (
  { version, metadata, tensors, data }: GgufParts,
  counts: { readonly tensors?: bigint; readonly metadata?: bigint } = {},
): Buffer => {
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32Bytes(version),
    u64Bytes(counts.tensors ?? BigInt(tensors.size)),
    u64Bytes(counts.metadata ?? BigInt(metadata.size)),
    ...[...metadata].flatMap(([key, value]) => [textBytes(key), value]),
    ...tensors.values(),
  ]);
  const padding = Buffer.alloc(Math.ceil(head.length / ALIGNMENT) * ALIGNMENT - head.length);
  return Buffer.concat([head, padding, data]);
};
