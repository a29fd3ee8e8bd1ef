const SIZE = 16;
const CLOCK = 6;
/** Random bytes are drawn by the page: one call to the system costs as much as a signature's tenth. */
const pool = new Uint8Array(4_096);
let used = pool.length;

/** 16 random bytes. */
export const randomId = (): Uint8Array => {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const id = pool.slice(used, used + SIZE);
  pool.fill(0, used, used + SIZE);
  used += SIZE;
  return id;
};

/**
 * An id of 16 bytes that follows the ids made before it: six bytes of the clock (ms since 1970, big endian, as in UUID version 7 of
 * RFC 9562), ten random bytes. Rows that come in the order of their keys share the pages of an index; random keys write a page each.
 */
export const orderedId = (): Uint8Array => {
  const id = randomId();
  let ms = Date.now();
  for (let at = CLOCK - 1; at >= 0; at--) {
    id[at] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  return id;
};
