import type { GrpcTypes } from '@mysten/sui/grpc';
import { parseCount } from '../convert/address.ts';
import { signatureBytes } from '../convert/signature.ts';
import { advanceClock, chainState } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';

/** `sui.forking.v1alpha.ForkingService`: the typed way to move the clock. */
export const forkingService = (context: RpcContext): ServiceHandlers => ({
  AdvanceClock: ({ durationMs }: GrpcTypes.AdvanceClockRequest) => {
    const ms = durationMs === undefined ? 1 : parseCount(durationMs, 'duration_ms');
    const { timestampMs, digest } = advanceClock(context.ledger, ms);
    context.notifyCommit();
    return { timestampMs: BigInt(timestampMs), txDigest: digest };
  },
  AdvanceCheckpoint: () => {
    const { checkpoint, timestampMs } = advanceClock(context.ledger, 1);
    context.notifyCommit();
    return { checkpointSequenceNumber: BigInt(checkpoint), timestampMs: BigInt(timestampMs) };
  },
  GetStatus: () => {
    const { epoch, checkpoint, timestampMs } = chainState(context.ledger);
    return {
      epoch: BigInt(epoch),
      checkpointSequenceNumber: BigInt(checkpoint),
      timestampMs: BigInt(timestampMs),
      forkedAtCheckpoint: 0n,
    };
  },
});

const noNames = () => {
  throw rpcError('NAME_NOT_FOUND');
};

/** `sui.rpc.v2.NameService`: there are no names here, which clients read from NOT_FOUND. */
export const nameService = (): ServiceHandlers => ({ LookupName: noNames, ReverseLookupName: noNames });

const verify = async (request: GrpcTypes.VerifySignatureRequest): Promise<void> => {
  const message = request.message?.value;
  if (!message) throw rpcError('MISSING_FIELD', { field: 'message.value' });
  if (!request.signature) throw rpcError('MISSING_FIELD', { field: 'signature' });
  const bytes = signatureBytes(request.signature, 0);
  if (bytes[0] === ZKLOGIN_FLAG)
    throw rpcError('UNSUPPORTED', { feature: 'zkLogin', hint: 'Sign with a key pair, a multisig or a passkey.' });
  const { verifyPersonalMessageSignature, verifyTransactionSignature } = await import('@mysten/sui/verify');
  const signature = Buffer.from(bytes).toString('base64');
  const options = request.address ? { address: request.address } : {};
  if (request.message?.name === 'PersonalMessage')
    await verifyPersonalMessageSignature(withoutLength(message), signature, options);
  else await verifyTransactionSignature(message, signature, options);
};

const ZKLOGIN_FLAG = 5;

/** A personal message travels as a BCS byte vector: a ULEB128 length, then the bytes. */
const withoutLength = (bytes: Uint8Array): Uint8Array => {
  let start = 0;
  while ((bytes[start] ?? 0) >= 0x80) start += 1;
  return bytes.subarray(start + 1);
};

/** `sui.rpc.v2.SignatureVerificationService` for key pairs, multisig and passkeys. */
export const signatureVerificationService = (): ServiceHandlers => ({
  VerifySignature: async (request: GrpcTypes.VerifySignatureRequest) => {
    try {
      await verify(request);
      return { isValid: true };
    } catch (error) {
      if (error instanceof Error && !('hint' in error)) return { isValid: false, reason: error.message };
      throw error;
    }
  },
});
