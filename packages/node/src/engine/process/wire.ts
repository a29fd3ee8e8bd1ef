/** What the daemon and an engine in a process of its own say to each other: one JSON object a line, parsed on both sides. */
import { isAtomaError } from '@atoma/base';
import { endpointRoles, endpoints } from '@atoma/sdk';
import * as z from 'zod';
import { sketchProfile } from '../../sketch/sketch-profile.ts';
import { engineError, isEngineErrorKind } from '../engine-errors.ts';
import type { EngineEvent, EngineLimit, EngineModel, EngineRequest, Measure } from '../types.ts';

/** What the daemon asks. A stopped run ends at once. */
export type EngineCall =
  | { readonly id: number; readonly call: 'measure'; readonly request: EngineRequest }
  | { readonly id: number; readonly call: 'run'; readonly request: EngineRequest; readonly limit: EngineLimit }
  | { readonly id: number; readonly call: 'stop' };

/** A fault of the engine catalogue. */
export interface EngineFault {
  readonly kind: string;
  readonly details: Readonly<Record<string, string>>;
}

/** What the engine answers; its models come first, under id 0. */
export type EngineReply =
  | { readonly id: number; readonly kind: 'models'; readonly models: readonly EngineModel[] }
  | { readonly id: number; readonly kind: 'measure'; readonly measure: Measure }
  | { readonly id: number; readonly kind: 'event'; readonly event: EngineEvent }
  | { readonly id: number; readonly kind: 'end' }
  | { readonly id: number; readonly kind: 'fault'; readonly fault: EngineFault };

const whole = z.int().min(0);
/** Units travel as decimal text: JSON's numbers do not hold them all. */
const units = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
const ids = z.array(whole);
const steps = z.array(z.object({ token: whole, values: z.array(z.number()), gap: z.number().exactOptional() }));
const members = z.record(z.string(), z.unknown());

const model: z.ZodType<EngineModel> = z.object({
  name: z.string(),
  roles: ids,
  contextLength: whole,
  tokenizer: z.string().nullable(),
  profile: z.string().nullable(),
  sketch: sketchProfile.exactOptional(),
  imagePartUnits: units,
  quantization: z.string().exactOptional(),
  refuses: z.array(z.string()).exactOptional(),
});

const tool = z.object({
  index: whole,
  id: z.string().exactOptional(),
  name: z.string().exactOptional(),
  arguments: z.string().exactOptional(),
  custom: z.boolean().exactOptional(),
});

/** Events of engines that make text and vectors: images and sounds are not made in a process of its own. */
const event: z.ZodType<EngineEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('accepted'), strange: ids.exactOptional(), integers: z.array(z.int()).exactOptional() }),
  z.object({
    type: z.literal('delta'),
    choice: whole,
    content: z.string().exactOptional(),
    refusal: z.string().exactOptional(),
    reasoning: z.string().exactOptional(),
    tool: tool.exactOptional(),
    logprobs: z.unknown().exactOptional(),
    units: whole.exactOptional(),
    steps: steps.exactOptional(),
  }),
  z.object({ type: z.literal('vector'), index: whole, values: z.array(z.number()) }),
  z.object({
    type: z.literal('finish'),
    choice: whole,
    reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter']),
    steps: steps.exactOptional(),
    whole: z.boolean().exactOptional(),
    extra: members.exactOptional(),
  }),
  z.object({
    type: z.literal('usage'),
    prompt: units.nullable(),
    completion: units.nullable(),
    cached: units.exactOptional(),
    reasoning: units.exactOptional(),
  }),
]);

const reply: z.ZodType<EngineReply> = z.discriminatedUnion('kind', [
  z.object({ id: whole, kind: z.literal('models'), models: z.array(model) }),
  z.object({ id: whole, kind: z.literal('measure'), measure: z.object({ prompt: units, exact: z.boolean() }) }),
  z.object({ id: whole, kind: z.literal('event'), event }),
  z.object({ id: whole, kind: z.literal('end') }),
  z.object({
    id: whole,
    kind: z.literal('fault'),
    fault: z.object({ kind: z.string(), details: z.record(z.string(), z.string()) }),
  }),
]);

/** Chat, embeddings and vision: roles whose work is all text, with no file. */
const TEXT_ROLES = [0, 1, 2];
const textEndpoints = endpoints.filter((each) => endpointRoles[each]?.every((role) => TEXT_ROLES.includes(role)));

const request: z.ZodType<EngineRequest> = z.object({
  endpoint: z.enum(textEndpoints),
  model: z.string(),
  body: members,
  file: z.null(),
  seed: z.number(),
  n: whole,
  stream: z.boolean(),
  steps: z
    .object({
      challenge: z.string(),
      claimed: z.array(ids).exactOptional(),
      stepwise: z.boolean().exactOptional(),
    })
    .exactOptional(),
});

const limit: z.ZodType<EngineLimit> = z.object({
  maxPerChoice: z.number().nullable(),
  cut: z.array(z.number()).nullable(),
});

const call: z.ZodType<EngineCall> = z.discriminatedUnion('call', [
  z.object({ id: whole, call: z.literal('measure'), request }),
  z.object({ id: whole, call: z.literal('run'), request, limit }),
  z.object({ id: whole, call: z.literal('stop') }),
]);

const encodeValue = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** Writes a line. Requests carry no uploaded file: no engine in a process of its own takes one. */
export const encodeLine = (message: EngineCall | EngineReply): string => `${JSON.stringify(message, encodeValue)}\n`;

const read = <Message>(schema: z.ZodType<Message>, line: string): Message | undefined => {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
};

/** Reads a call; bodies are left as they are. Undefined: it is none. */
export const decodeCall = (line: string): EngineCall | undefined => read(call, line);

/** Reads a reply. Undefined: it is none. */
export const decodeReply = (line: string): EngineReply | undefined => read(reply, line);

/** A fault as it is sent. */
export const toFault = (error: unknown, model: string): EngineFault =>
  isAtomaError(error) && error.code.startsWith('ENGINE_')
    ? {
        kind: error.code.slice('ENGINE_'.length),
        details: Object.fromEntries(Object.entries(error.details).map(([name, value]) => [name, String(value)])),
      }
    : { kind: 'FAILED', details: { model, why: error instanceof Error ? error.message : String(error) } };

/** The error a fault stands for. */
export const fromFault = ({ kind, details }: EngineFault): Error =>
  isEngineErrorKind(kind) ? engineError(kind, details) : engineError('FAILED', { model: '', why: kind });
