/** What a node says of itself, and whether it is the node. */
import { toHex } from '@atoma/base';
import type { Node } from '../reads/nodes.ts';
import { equalBytes } from '../values/bytes.ts';
import { randomId } from '../values/random-id.ts';
import { fromBase64 } from '../wire/headers.ts';
import { array, type Json, record } from '../wire/json.ts';
import { addressLayout } from '../wire/messages.ts';
import { parseSignature, verifyPersonalMessage } from '../wire/signature.ts';
import type { WireIds } from './context.ts';
import type { DirectoryParameters } from './directory.ts';
import { askWhole } from './transport/whole.ts';

/** What a node says about a model it serves; nobody has checked it. */
export interface SaidModel {
  /** Name of the reproducible profile; null when outputs may differ between runs. */
  readonly profile: string | null;
  /** One of {@link quantizations}; null when it says none. */
  readonly quantization: string | null;
  /** Members of bodies that it takes; null when it does not say. */
  readonly parameters: ReadonlySet<string> | null;
}

/** What a node that proved its identity says. */
export interface SelfDescription {
  readonly kind: 'node';
  readonly models: ReadonlyMap<string, SaidModel>;
  /** Time the proof took, ms. */
  readonly latencyMs: number;
  /** Node's clock minus ours, ms, where that is worth minding (0: it is not); null when it did not tell its time. */
  readonly clockOffsetMs: number | null;
}

type Asking = Pick<DirectoryParameters, 'send' | 'ids' | 'now'>;

/** Silence after which a node counts as gone, and what a whole answer may take: whoever buys waits for it, ms. */
const [PROBE_MS, WHOLE_MS] = [5_000, 15_000];
/** Clocks may differ by less without harm, ms. */
const CLOCK_MS = 30_000;

const saidText = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const saidModel = ({ profile, quantization, supported_parameters: parameters }: Json): SaidModel => ({
  profile: saidText(profile),
  quantization: saidText(quantization),
  parameters: Array.isArray(parameters) ? new Set(parameters.map(String)) : null,
});

const get = async ({ send }: Asking, url: string, path: string): Promise<Json> => {
  const headers = { accept: 'application/json' };
  return (await askWhole(send, { url, path, method: 'GET', headers, timeoutMs: PROBE_MS }, WHOLE_MS)).json;
};

const isProof = async (ids: WireIds, node: Node, said: Json, nonce: Uint8Array): Promise<boolean> => {
  const proof = fromBase64(String(said.proof));
  const signature = fromBase64(String(said.signature));
  if (!proof || !signature) return false;
  const parsed = parseSignature(signature);
  const address = addressLayout.decode(proof);
  return (
    parsed.address === node.owner &&
    (await verifyPersonalMessage(proof, parsed)) &&
    equalBytes(address.nonce, nonce) &&
    equalBytes(address.chainId, ids.chainId) &&
    equalBytes(address.packageId, ids.packageId) &&
    address.node === node.nodeSmallId
  );
};

/**
 * Asks a node for its description. The daemon behind the URL must hold the node's key, or a request would go to somebody else.
 * Throws when it cannot be reached or its answer is no JSON.
 */
export const describeNode = async (
  asking: Asking,
  node: Node,
): Promise<SelfDescription | { readonly kind: 'foreign'; readonly why: string }> => {
  const nonce = randomId();
  const from = performance.now();
  const said = await get(asking, node.url, `/v1/node?nonce=${toHex(nonce)}`);
  const offset = Number(said.server_time_ms) - asking.now();
  if (!(await isProof(asking.ids, node, said, nonce)))
    return { kind: 'foreign', why: `another daemon answers at ${node.url}` };
  const latencyMs = performance.now() - from;
  const { data } = await get(asking, node.url, '/v1/models');
  return {
    kind: 'node',
    models: new Map(array(data).map((row) => [String(record(row).id), saidModel(record(record(row).atoma))])),
    latencyMs,
    clockOffsetMs: Number.isFinite(offset) ? (Math.abs(offset) > CLOCK_MS ? offset : 0) : null,
  };
};
