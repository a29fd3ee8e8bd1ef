/** Addresses of pages: everything behind `#`, so that any server of static files can hold them. */

/** Where a person is. */
export type Route =
  | { readonly page: 'market' }
  | { readonly page: 'activity' }
  | { readonly page: 'play' }
  | { readonly page: 'transaction'; readonly digest: string }
  | { readonly page: 'object'; readonly id: string }
  | { readonly page: 'stack' | 'node' | 'task'; readonly id: bigint }
  | { readonly page: 'unknown'; readonly text: string };

const ID = /^0x[0-9a-f]{1,64}$/i;
const DIGEST = /^[1-9A-HJ-NP-Za-km-z]{43,44}$/;
const SMALL = /^[0-9]{1,19}$/;

/** The page of an address; what cannot be one becomes `unknown`. */
export const parseRoute = (hash: string): Route => {
  const [page = '', rest = ''] = hash.replace(/^#\/?/, '').split('/', 2);
  if (page === '' || page === 'market') return { page: 'market' };
  if (page === 'activity' || page === 'play') return { page };
  if (page === 'tx' && DIGEST.test(rest)) return { page: 'transaction', digest: rest };
  if (page === 'object' && ID.test(rest)) return { page: 'object', id: rest };
  if ((page === 'stack' || page === 'node' || page === 'task') && SMALL.test(rest)) return { page, id: BigInt(rest) };
  return { page: 'unknown', text: hash };
};

/** The page for what somebody typed: a digest, an id, or a word with a number (`stack 3`). Null: nothing it could be. */
export const findRoute = (typed: string): string | null => {
  const text = typed.trim();
  if (DIGEST.test(text)) return `#/tx/${text}`;
  if (ID.test(text)) return `#/object/${text}`;
  const [, word, id] = /^(stack|node|task)\s*#?([0-9]{1,19})$/i.exec(text) ?? [];
  if (word && id) return `#/${word.toLowerCase()}/${id}`;
  return SMALL.test(text) ? `#/stack/${text}` : null;
};
