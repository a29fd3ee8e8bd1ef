/** Who asks: from the Authorization header to an active key. */
import { BlockList, isIP } from 'node:net';
import { parseKey, secretMatches } from '../keys.ts';
import type { GatewayStore, KeyRow } from '../store/types.ts';
import { type Checked, clientProblem, ok } from './problem.ts';

/** Checks keys. */
export interface Authorizer {
  /** `header` reads a request's headers by lower-case name. */
  readonly authorize: (header: (name: string) => string | undefined, address: string) => Promise<Checked<KeyRow>>;
  /** Where a request came from, proxies that are trusted looked through. */
  readonly addressOf: (header: (name: string) => string | undefined, peer: string) => string;
  /** Forgets what is known about a key, after it was changed. */
  readonly forget: (id: string) => void;
}

/** Longest a change that another process made to a key is not noticed, ms: looking costs a request of a burst some 2 %. */
const LOOK_MS = 10;

interface Known {
  readonly key: KeyRow;
  readonly allowed: BlockList | null;
}

const listOf = (addresses: readonly string[]): BlockList | null => {
  if (addresses.length === 0) return null;
  const list = new BlockList();
  for (const each of addresses) {
    const [net = '', prefix] = each.split('/');
    const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(net, family);
    else list.addSubnet(net, Number(prefix), family);
  }
  return list;
};

/** Whether a text is an address or a network. */
export const isAddress = (text: string): boolean => {
  const [net = '', prefix, ...rest] = text.split('/');
  const family = isIP(net);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
};

const contains = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');

/** The key as clients of OpenAI's, Anthropic's and Azure's forms send it. What else a header holds, such as a proxy's own password, is none. */
const credentialOf = (header: (name: string) => string | undefined): ReturnType<typeof parseKey> => {
  for (const name of ['authorization', 'x-api-key', 'api-key']) {
    const text = header(name)
      ?.slice(0, 200)
      .trim()
      .replace(/^Bearer +/i, '');
    const parsed = text === undefined ? undefined : parseKey(text);
    if (parsed) return parsed;
  }
  return undefined;
};

/**
 * The address a request came from. A proxy that is trusted appends the address of its own peer to X-Forwarded-For, so the
 * list is read from its end up to the first address that is no trusted proxy; what stands before it anybody can have written.
 */
const clientAddress = (peer: string, forwarded: string | undefined, trusted: BlockList | null): string => {
  const way = [...(forwarded ?? '').split(',').map((each) => plainAddress(each.trim())), plainAddress(peer)];
  if (!trusted || forwarded === undefined) return way.at(-1) ?? '';
  return way.findLast((address) => !contains(trusted, address)) ?? way[0] ?? '';
};

/**
 * Makes the check; keys are read from the store once and kept until they change. `proxies` are the addresses or networks
 * whose X-Forwarded-For is believed.
 */
export const createAuthorizer = (
  store: GatewayStore,
  now: () => number,
  proxies: readonly string[] = [],
): Authorizer => {
  const trusted = listOf(proxies);
  const known = new Map<string, Known>();
  let seen: bigint | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Forgets keys that another process may have changed. */
  const look = async (): Promise<void> => {
    if (performance.now() - lookedAt < LOOK_MS) return;
    const present = await store.outsideChanges();
    if (present !== seen) known.clear();
    seen = present;
    lookedAt = performance.now();
  };
  const find = async (id: string): Promise<Known | undefined> => {
    await look();
    const cached = known.get(id);
    if (cached) return cached;
    const key = await store.findKey(id);
    if (!key) return undefined;
    const made = { key, allowed: listOf(key.addresses) };
    known.set(id, made);
    return made;
  };
  const addressOf: Authorizer['addressOf'] = (header, peer) => clientAddress(peer, header('x-forwarded-for'), trusted);
  return {
    authorize: async (header, address) => {
      const parsed = credentialOf(header);
      const found = parsed && (await find(parsed.id));
      const right = secretMatches(parsed?.secret ?? '', found?.key.secretHash);
      if (!found || !right) return clientProblem('key_invalid');
      const { key, allowed } = found;
      if (key.revokedMs !== null) return clientProblem('key_invalid', 'The API key was revoked');
      if (key.expiresMs !== null && key.expiresMs <= now())
        return clientProblem('key_invalid', 'The API key has expired');
      if (allowed && !contains(allowed, addressOf(header, address)))
        return clientProblem('key_invalid', 'The API key may not be used from this address');
      return ok(key);
    },
    addressOf,
    forget: (id) => void known.delete(id),
  };
};
