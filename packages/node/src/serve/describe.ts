/** What a node says about itself without being asked by name: /v1/models and /v1/node. */
import { fromHex, toHex } from '@atoma/base';
import { addressLayout, toBase64, toHex0x } from '@atoma/sdk';
import type { NodeContext } from '../context.ts';
import type { EngineModel } from '../engine/types.ts';
import { isEndpoint, roleEndpoints } from './plan.ts';
import { type Problem, problem } from './problem.ts';
import { bodySchemas } from './schemas.ts';

/** A task this node is subscribed to. */
export interface Offer {
  readonly task: bigint;
  readonly role: number;
  readonly level: number;
  /** Empty when the task names no model. */
  readonly model: string;
  /** Base units of TOMA per compute unit. */
  readonly price: bigint;
  /** Largest stack sold, units. */
  readonly maxUnits: bigint;
}

/** Members of bodies that a model takes at the endpoints of its roles. */
const parametersOf = ({ roles, refuses = [] }: EngineModel): readonly string[] => {
  const endpoints = roles.flatMap((role) => roleEndpoints[role] ?? []);
  const taken = endpoints.filter(isEndpoint).flatMap((each) => Object.keys(bodySchemas[each].shape));
  return [...new Set(taken)].filter((name) => !refuses.includes(name)).sort();
};

/** GET /v1/models, in the list format of OpenAI. */
export const describeModels = (node: NodeContext, offers: readonly Offer[]): Record<string, unknown> => ({
  object: 'list',
  data: node.engines.models.map(({ engine, model }) => ({
    id: model.name,
    object: 'model',
    created: 0,
    owned_by: engine.id,
    atoma: {
      roles: model.roles,
      profile: model.profile,
      quantization: model.quantization ?? null,
      supported_parameters: parametersOf(model),
      context_length: model.contextLength,
      demo: engine.id === 'builtin',
      offers: offers
        .filter((offer) => offer.model === '' || node.engines.find(offer.model)?.model === model)
        .map((offer) => ({
          task: String(offer.task),
          role: offer.role,
          level: offer.level,
          price: String(offer.price),
          largest_stack: String(offer.maxUnits),
        })),
    },
  })),
});

/** GET /v1/node?nonce=: 32 hex digits; the signature proves that this daemon holds the node's key. */
export const describeNode = (node: NodeContext, nonceText: string | undefined): Record<string, unknown> | Problem => {
  const nonce = fromHex(nonceText ?? '00'.repeat(16));
  if (nonce?.length !== 16) return problem('invalid_request', { param: 'nonce', detail: 'send 32 hex digits' });
  const { identity, limits } = node;
  const proof = addressLayout.encode({
    chainId: identity.chainId,
    packageId: identity.packageId,
    node: identity.node,
    url: identity.url,
    nonce,
  });
  return {
    node: String(identity.node),
    address: identity.signer.address,
    url: identity.url,
    chain_id: toHex(identity.chainId),
    package: toHex0x(identity.packageId),
    version: identity.version,
    instance: identity.instance,
    server_time_ms: node.now(),
    limits: {
      json_bytes: limits.jsonBytes,
      multipart_bytes: limits.multipartBytes,
      in_flight: limits.inFlight,
      in_flight_per_stack: limits.inFlightPerStack,
      clock_window_ms: limits.clockWindowMs,
      response_ttl_ms: limits.responseTtlMs,
    },
    proof: toBase64(proof),
    signature: toBase64(identity.signer.sign(proof)),
  };
};
