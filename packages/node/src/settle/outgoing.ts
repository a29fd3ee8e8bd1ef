/** Requests to other nodes. Their addresses come from the chain and are untrusted input. */
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { blake2b256 } from '@atoma/base';
import { headerNames, inquiryLayout, type MessageSigner, toBase64 } from '@atoma/sdk';
import { nodeError } from '../errors.ts';

const closed = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  closed.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  closed.addSubnet(net, prefix, 'ipv6');

/** Whether an address is loopback, private, link-local or otherwise not a public host. */
export const isPrivateAddress = (address: string): boolean => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return closed.check(mapped, isIP(mapped) === 6 ? 'ipv6' : 'ipv4');
};

/** Checks an address of another node. Throws `NODE_URL_REFUSED`. */
export const checkNodeUrl = async (url: string, allowPrivate: boolean): Promise<URL> => {
  const refused = (why: string) => nodeError('URL_REFUSED', { url, why });
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw refused('it is not an http address');
  if (allowPrivate) return parsed;
  if (parsed.protocol !== 'https:') throw refused('it is not https');
  const addresses = await lookup(parsed.hostname, { all: true }).catch(() => []);
  if (addresses.length === 0) throw refused('its name cannot be resolved');
  if (addresses.some(({ address }) => isPrivateAddress(address))) throw refused('it points into a private network');
  return parsed;
};

/** What {@link inquire} sends. */
export interface InquiryCall {
  readonly url: string;
  readonly chainId: Uint8Array;
  readonly packageId: Uint8Array;
  /** The node that is asked. */
  readonly node: bigint;
  readonly stack: bigint;
  /** Path with query. */
  readonly path: string;
  readonly signer: MessageSigner;
  readonly now: number;
  readonly body?: Uint8Array;
  readonly allowPrivate: boolean;
  /** Largest answer taken, bytes. */
  readonly limit: number;
  readonly timeoutMs: number;
}

const readLimited = async (response: Response, limit: number, url: string): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > limit) throw nodeError('URL_REFUSED', { url, why: `its answer exceeds ${limit} bytes` });
    parts.push(part);
  }
  return Buffer.concat(parts);
};

/** Signs an inquiry and sends it. Throws `NODE_INQUIRY` for any answer but success. */
export const inquire = async (call: InquiryCall): Promise<Uint8Array> => {
  const base = await checkNodeUrl(call.url, call.allowPrivate);
  const inquiry = inquiryLayout.encode({
    chainId: call.chainId,
    packageId: call.packageId,
    node: call.node,
    stack: call.stack,
    path: call.path,
    timestampMs: BigInt(call.now),
    nonce: new Uint8Array(randomBytes(16)),
    bodyHash: call.body ? blake2b256(call.body) : new Uint8Array(32),
  });
  const response = await fetch(base.href.replace(/\/$/, '') + call.path, {
    method: call.body ? 'POST' : 'GET',
    headers: {
      [headerNames.inquiry]: toBase64(inquiry),
      [headerNames.signature]: toBase64(call.signer.sign(inquiry)),
    },
    redirect: 'error',
    signal: AbortSignal.timeout(call.timeoutMs),
    ...(call.body ? { body: new Uint8Array(call.body) } : {}),
  });
  const body = await readLimited(response, call.limit, call.url);
  if (!response.ok) throw nodeError('INQUIRY', { url: call.url, status: response.status, path: call.path });
  return body;
};
