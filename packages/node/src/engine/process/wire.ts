/** What the daemon and an engine in a process of its own say to each other: one JSON object a line. */
import { isAtomaError } from '@atoma/base';
import { engineError, isEngineErrorKind } from '../errors.ts';
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
  | { readonly id: 0; readonly models: readonly EngineModel[] }
  | { readonly id: number; readonly measure: Measure }
  | { readonly id: number; readonly event: EngineEvent }
  | { readonly id: number; readonly end: true }
  | { readonly id: number; readonly fault: EngineFault };

/** Whole numbers beyond what JSON holds travel as `{"units": "123"}`. */
const encodeValue = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { units: String(value) } : value;
const decodeValue = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && typeof (value as { units?: unknown }).units === 'string'
    ? BigInt((value as { units: string }).units)
    : value;

/** Writes a line. Requests carry no uploaded file: no engine in a process of its own takes one. */
export const encodeLine = (message: EngineCall | EngineReply): string => `${JSON.stringify(message, encodeValue)}\n`;

/** Reads a call; bodies are left as they are. */
export const decodeCall = (line: string): EngineCall => JSON.parse(line) as EngineCall;

/** Reads a reply. */
export const decodeReply = (line: string): EngineReply => JSON.parse(line, decodeValue) as EngineReply;

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
