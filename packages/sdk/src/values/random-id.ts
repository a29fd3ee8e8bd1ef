const SIZE = 16;
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
