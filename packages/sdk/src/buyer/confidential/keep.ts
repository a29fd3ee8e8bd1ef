/**
 * What a buyer keeps of a sealed request, so that its answer can be fetched again after a crash: the sealed body as it was sent, and what
 * opens the answer, under a key that follows from the wallet. Whoever reads the journal without the wallet reads neither prompt nor answer.
 */
import { randomBytes } from 'node:crypto';
import { blake2b256 } from '@atoma/base';
import type { Signer } from '@mysten/sui/cryptography';
import { fromBase64, toBase64 } from '../../wire/headers.ts';
import { record } from '../../wire/json.ts';
import type { EvidenceKindName } from '../../wire/sealed/evidence.ts';
import { gcmOpen, gcmSeal } from '../../wire/sealed/hpke.ts';
import { signMessage } from '../../wire/signature.ts';
import type { AnswerKeys } from './unseal.ts';

const PURPOSE = new TextEncoder().encode('atoma/keep-sealed/v1');
const [KEY_BYTES, NONCE_BYTES, LENGTH_BYTES] = [16, 12, 4];

/** A sealed request to be sent again. */
export interface KeptRequest {
  readonly body: Uint8Array;
  readonly sealed: AnswerKeys;
}

/** A row of the journal, as far as keeping goes. */
export interface KeptRow {
  /** 32 hex digits. */
  readonly requestId: string;
  readonly body: Uint8Array | null;
}

/** Keeps sealed requests of one wallet. */
export interface Keeper {
  /** What the journal keeps of a request; null: this process alone remembers it. */
  readonly pack: (requestId: string, request: KeptRequest) => Promise<Uint8Array | null>;
  /** Undefined for what another wallet kept, was changed, or is forgotten. */
  readonly unpack: (row: KeptRow) => Promise<KeptRequest | undefined>;
}

/** Most requests remembered by a process that writes nothing of them down; the oldest are forgotten first. */
const MOST_REMEMBERED = 10_000;

/** Keeps them in this process alone: when it ends, no answer can be opened any more. */
const createForgetful = (): Keeper => {
  const remembered = new Map<string, KeptRequest>();
  return {
    pack: async (requestId, request) => {
      remembered.set(requestId, request);
      if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value as string);
      return null;
    },
    unpack: async ({ requestId }) => remembered.get(requestId),
  };
};

const encode = ({ secrets, enclaveKey, kind, label }: AnswerKeys): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      enc: toBase64(secrets.enc),
      answer: toBase64(secrets.answer),
      salt: toBase64(secrets.salt),
      inner_hash: toBase64(secrets.innerHash),
      enclave_key: toBase64(enclaveKey),
      kind,
      label,
    }),
  );

const decode = (plain: Uint8Array): AnswerKeys => {
  const json = record(JSON.parse(Buffer.from(plain).toString('utf8')));
  const bytes = (name: string): Uint8Array => fromBase64(String(json[name])) ?? new Uint8Array();
  return {
    secrets: { enc: bytes('enc'), answer: bytes('answer'), salt: bytes('salt'), innerHash: bytes('inner_hash') },
    enclaveKey: bytes('enclave_key'),
    kind: json.kind as EvidenceKindName,
    label: typeof json.label === 'string' ? json.label : null,
  };
};

/** Makes a keeper; the wallet signs once, when it is first used. `forget`: nothing reaches the journal. */
export const createKeeper = (signer: Signer, forget = false): Keeper => {
  if (forget) return createForgetful();
  let known: Promise<Uint8Array> | undefined;
  const key = (): Promise<Uint8Array> => {
    known ??= signMessage(signer, PURPOSE).then((signature) => blake2b256(signature).subarray(0, KEY_BYTES));
    return known;
  };
  return {
    pack: async (_, { body, sealed }) => {
      const nonce = randomBytes(NONCE_BYTES);
      const keys = gcmSeal(await key(), nonce, PURPOSE, encode(sealed));
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(keys.length);
      return Buffer.concat([nonce, length, keys, body]);
    },
    unpack: async (row) => {
      const kept = Buffer.from(row.body ?? []);
      const start = NONCE_BYTES + LENGTH_BYTES;
      if (kept.length < start) return undefined;
      const end = start + kept.readUInt32LE(NONCE_BYTES);
      const keys = gcmOpen(await key(), kept.subarray(0, NONCE_BYTES), PURPOSE, kept.subarray(start, end));
      return keys && { body: kept.subarray(end), sealed: decode(keys) };
    },
  };
};
