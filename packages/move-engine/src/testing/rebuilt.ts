/** Modules no compiler makes, from ones it made. */

/** A table of a module. */
export interface Table {
  kind: number;
  body: Uint8Array;
  /** Bytes between it and the one before. */
  gap?: number;
}

/** Unsigned LEB128. */
export const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

/** A module put together again after its tables were changed; headers come in reverse, which is allowed. */
export const rebuilt = (bytes: Uint8Array, change: (tables: Table[]) => void): Uint8Array => {
  let at = 8;
  const next = (): number => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const headers = Array.from({ length: next() }, () => ({ kind: next(), offset: next(), length: next() }));
  const base = at;
  const end = Math.max(...headers.map(({ offset, length }) => offset + length));
  const tables = headers.map(
    ({ kind, offset, length }): Table => ({ kind, body: bytes.subarray(base + offset, base + offset + length) }),
  );
  change(tables);
  let offset = 0;
  const placed = tables.map(({ kind, body, gap = 0 }) => {
    offset += gap + body.length;
    return { kind, at: offset - body.length, body };
  });
  return Uint8Array.from([
    ...bytes.subarray(0, 8),
    ...leb(tables.length),
    ...placed.toReversed().flatMap((table) => [table.kind, ...leb(table.at), ...leb(table.body.length)]),
    ...tables.flatMap(({ body, gap = 0 }) => [...new Uint8Array(gap), ...body]),
    ...bytes.subarray(base + end),
  ]);
};
