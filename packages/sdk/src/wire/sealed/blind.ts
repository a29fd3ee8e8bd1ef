/** What a receipt of level 2 covers; apart from the sealing itself, so that receipts can be checked where there is no cipher of Node's. */
import { blake2b256 } from '@atoma/base';
import { type Content, contentHash } from '../content.ts';
import type { RequestSecrets } from './inner.ts';

/** content_hash at level 2 = H(0x17 || salt || innerHash || content_hash): nobody can try answers against a receipt. */
export const blindContentHash = ({ salt, innerHash }: RequestSecrets, content: Content): Uint8Array =>
  blake2b256(Uint8Array.of(0x17), salt, innerHash, contentHash(content));
