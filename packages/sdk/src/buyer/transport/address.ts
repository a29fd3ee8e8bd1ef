/** A URL from the chain is untrusted input: which addresses a buyer connects to. */
import { lookup as dnsLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { buyerError } from '../buyer-errors.ts';

const notPublic = new BlockList();
const v4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const v6: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];
for (const [net, prefix] of v4) notPublic.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of v6) notPublic.addSubnet(net, prefix, 'ipv6');

/** IPv4 in IPv6 clothes: `::ffff:127.0.0.1`, `::ffff:7f00:1`. */
const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;

const unmapped = (address: string): string => {
  const found = mapped.exec(address);
  if (!found) return address;
  if (found[1]) return found[1];
  const [high, low] = [Number.parseInt(found[2] as string, 16), Number.parseInt(found[3] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
};

/** Whether an IP address is reachable from the public internet. */
export const isPublicAddress = (address: string): boolean => {
  const plain = unmapped(address);
  const family = isIP(plain);
  if (family === 0) return false;
  return !notPublic.check(plain, family === 4 ? 'ipv4' : 'ipv6');
};

/** Checks the form of an announced URL. Throws `BUYER_URL_REFUSED`. */
export const checkedUrl = (url: string, allowPrivate: boolean): URL => {
  const refuse = (why: string) => buyerError('URL_REFUSED', { url: url.slice(0, 256), why });
  if (!URL.canParse(url)) throw refuse('it is not a URL');
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '') throw refuse('it carries a password');
  if (parsed.protocol !== 'https:' && !(allowPrivate && parsed.protocol === 'http:')) throw refuse('it is not https');
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw refuse(`${host} is not a public address`);
  return parsed;
};

/** Name resolution that refuses private addresses at the moment of connecting, so that a name cannot change in between. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (refused || !first) {
      const why = refused ? `${hostname} leads to ${refused.address}` : `${hostname} has no address`;
      return callback(buyerError('URL_REFUSED', { url: hostname, why }), '', 0);
    }
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
