/** Requests to other nodes. Their addresses come from the chain and are untrusted input. */
import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { blake2b256 } from '@atoma/base';
import { headerNames, inquiryLayout, isPublicAddress, type MessageSigner, randomId, toBase64 } from '@atoma/sdk';
import { nodeError } from '../node-errors.ts';

/** Whether an address is loopback, private, link-local or otherwise not a public host. */
export const isPrivateAddress = (address: string): boolean => !isPublicAddress(address);

/** Checks the form of an address of another node; what its name resolves to is checked when connecting. Throws `NODE_URL_REFUSED`. */
export const checkNodeUrl = (url: string, allowPrivate: boolean): URL => {
  const refused = (why: string) => nodeError('URL_REFUSED', { url, why });
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw refused('it is not an http address');
  if (allowPrivate) return parsed;
  if (parsed.protocol !== 'https:') throw refused('it is not https');
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && isPrivateAddress(host)) throw refused('it points into a private network');
  return parsed;
};

/** Resolves a name for a connection and refuses private addresses: the very address that was checked is connected to. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const bad = addresses?.some(({ address }) => isPrivateAddress(address));
    const fault = bad ? nodeError('URL_REFUSED', { url: hostname, why: 'it points into a private network' }) : error;
    if (fault || options.all) callback(fault as NodeJS.ErrnoException | null, addresses ?? []);
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
  });
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

/** Sends a request; pieces of a successful answer go to `take`, until it says true for enough. Returns the status. */
const exchange = (
  url: URL,
  call: InquiryCall,
  headers: Readonly<Record<string, string>>,
  take: (part: Buffer) => unknown,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      method: call.body ? 'POST' : 'GET',
      headers: { ...headers, 'content-length': call.body?.length ?? 0 },
      ...(call.allowPrivate ? {} : { lookup: publicLookup }),
    });
    const giveUp = (error: Error): void => {
      reject(error);
      outgoing.destroy();
    };
    /** What keeps a piece from being taken, a full disk for one, ends this inquiry and not the process. */
    const isEnough = (part: Buffer): boolean => {
      try {
        return take(part) === true;
      } catch (error) {
        giveUp(error as Error);
        return false;
      }
    };
    const timer = setTimeout(
      () => giveUp(nodeError('INQUIRY', { url: call.url, status: 'nothing in time', path: call.path })),
      call.timeoutMs,
    );
    outgoing.on('close', () => clearTimeout(timer));
    outgoing.on('error', reject);
    outgoing.once('response', (message) => {
      const status = message.statusCode ?? 0;
      let length = 0;
      message.on('data', (part: Buffer) => {
        length += part.length;
        if (length > call.limit)
          giveUp(nodeError('URL_REFUSED', { url: call.url, why: `its answer exceeds ${call.limit} bytes` }));
        else if (isSuccess(status) && isEnough(part)) {
          resolve(status);
          outgoing.destroy();
        }
      });
      message.on('error', reject);
      message.on('end', () => resolve(status));
    });
    outgoing.end(call.body);
  });

const LINE_FEED = 10;

const isSuccess = (status: number): boolean => status >= 200 && status <= 299;

/** Signs an inquiry and sends it; pieces of the answer go to `take`. Throws `NODE_INQUIRY` for any answer but success. */
export const inquireInto = async (call: InquiryCall, take: (part: Buffer) => unknown): Promise<void> => {
  const base = checkNodeUrl(call.url, call.allowPrivate);
  const inquiry = inquiryLayout.encode({
    chainId: call.chainId,
    packageId: call.packageId,
    node: call.node,
    stack: call.stack,
    path: call.path,
    timestampMs: BigInt(call.now),
    nonce: randomId(),
    bodyHash: call.body ? blake2b256(call.body) : new Uint8Array(32),
  });
  const headers = {
    [headerNames.inquiry]: toBase64(inquiry),
    [headerNames.signature]: toBase64(call.signer.sign(inquiry)),
  };
  const status = await exchange(new URL(base.href.replace(/\/$/, '') + call.path), call, headers, take);
  if (!isSuccess(status)) throw nodeError('INQUIRY', { url: call.url, status, path: call.path });
};

/** The first line of the answer; the rest is not waited for. Throws `NODE_INQUIRY`. */
export const inquireLine = async (call: InquiryCall): Promise<string> => {
  const parts: Buffer[] = [];
  await inquireInto(call, (part) => {
    const end = part.indexOf(LINE_FEED);
    parts.push(end < 0 ? part : part.subarray(0, end));
    return end >= 0;
  });
  return Buffer.concat(parts).toString('utf8');
};

/** The same with the whole answer; redirects are not followed. */
export const inquire = async (call: InquiryCall): Promise<Uint8Array> => {
  const parts: Buffer[] = [];
  await inquireInto(call, (part) => parts.push(part));
  return Buffer.concat(parts);
};
