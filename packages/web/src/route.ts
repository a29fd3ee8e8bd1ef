/** Addresses of pages: everything behind `#`, so that any server of static files can hold them. */

/** Pages without anything that names a thing. */
const plain = ['market', 'activity', 'stacks', 'money', 'lab', 'play', 'time', 'console', 'gateway'] as const;

/** One of them. */
export type PlainPage = (typeof plain)[number];

/** Where a person is. */
export type Route =
  | { readonly page: PlainPage }
  | { readonly page: 'transaction'; readonly digest: string }
  | { readonly page: 'object' | 'package'; readonly id: string }
  | { readonly page: 'stack' | 'node' | 'task'; readonly id: bigint }
  | { readonly page: 'find'; readonly text: string }
  | { readonly page: 'unknown'; readonly text: string };

const ID = /^0x[0-9a-f]{1,64}$/i;
const DIGEST = /^[1-9A-HJ-NP-Za-km-z]{43,44}$/;
const SMALL = /^[0-9]{1,19}$/;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The page of an address; what cannot be one becomes `unknown`. `home` is what stands behind the root. */
export const parseRoute = (hash: string, home: PlainPage = 'market'): Route => {
  const [page = '', rest = ''] = hash.replace(/^#\/?/, '').split('/', 2);
  if (page === '') return { page: home };
  const named = plain.find((each) => each === page);
  if (named) return { page: named };
  if (page === 'tx' && DIGEST.test(rest)) return { page: 'transaction', digest: rest };
  if ((page === 'object' || page === 'package') && ID.test(rest)) return { page, id: rest };
  if ((page === 'stack' || page === 'node' || page === 'task') && SMALL.test(rest)) return { page, id: BigInt(rest) };
  if (page === 'find') return { page, text: decoded(rest) };
  return { page: 'unknown', text: hash };
};

/**
 * The page for what somebody typed: a digest, an id, a small number of a stack, or a word with a number (`stack 3`); anything else is looked
 * for (a name, a request id, a receipt). Null: nothing was typed.
 */
export const findRoute = (typed: string): string | null => {
  const text = typed.trim();
  if (text === '') return null;
  if (DIGEST.test(text)) return `#/tx/${text}`;
  if (ID.test(text)) return `#/object/${text}`;
  const [, word, id] = /^(stack|node|task)\s*#?([0-9]{1,19})$/i.exec(text) ?? [];
  if (word && id) return `#/${word.toLowerCase()}/${id}`;
  return SMALL.test(text) ? `#/stack/${text}` : `#/find/${encodeURIComponent(text)}`;
};
