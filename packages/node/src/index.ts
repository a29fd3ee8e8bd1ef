/**
 * The node daemon.
 * @module @atoma/node
 */
export type { Durability } from '@atoma/base';
export { rehearsalKey } from './confidential/configured.ts';
export type { Environment, Quoted } from './confidential/environment.ts';
export { gatewayFaults, readGuestFacts } from './confidential/guest.ts';
export { REHEARSAL_LABEL, rehearsalEnvironment, rehearsalRoot } from './confidential/rehearsal.ts';
export { defaultLimits, type Identity, type ServeLimits } from './context.ts';
export { type Daemon, startDaemon } from './daemon.ts';
export type { Alarm, DaemonOptions } from './daemon-parts.ts';
export { BUILTIN_PROFILE, type BuiltinEngineOptions, createBuiltinEngine } from './engine/builtin/engine.ts';
export { engineError } from './engine/engine-errors.ts';
export { type CalibrateParameters, type Calibration, calibrateFile } from './engine/llama/calibrate.ts';
export { readModelFile } from './engine/llama/file.ts';
export { comparedHashes, fileTerms, profileBeside, readProfile } from './engine/llama/file-profile.ts';
export { type LlamaOptions, llamaOptions } from './engine/llama/options.ts';
export { servedModel } from './engine/llama/served.ts';
export { type LazyEngine, lazyLlamaEngine, startLlamaEngine } from './engine/llama/start.ts';
export { probeLogits } from './engine/logits/probe.ts';
export { type LogitServer, logitServers } from './engine/logits/types.ts';
export { tokenizerNames } from './engine/tokenizer.ts';
export type {
  Delta,
  Endpoint,
  Engine,
  EngineEvent,
  EngineHealth,
  EngineLimit,
  EngineModel,
  EngineRequest,
  Finish,
  Measure,
  Media,
  Usage,
  Vector,
} from './engine/types.ts';
export {
  defaultUpstreamLimits,
  type UpstreamLimits,
  type UpstreamModel,
  type UpstreamTarget,
} from './engine/upstream/config.ts';
export { createUpstreamEngine, type UpstreamEngineOptions } from './engine/upstream/engine.ts';
export type { Readiness } from './http/app.ts';
export type { Listening } from './http/listen.ts';
export {
  fileModels,
  type NodeConfig,
  nodeConfigExample,
  openConfigured,
  parseNodeConfig,
  serverModels,
} from './node-config.ts';
export { nodeError } from './node-errors.ts';
export { createLog } from './observe/log.ts';
export { type DoctorCheck, type OperatorOptions, startOperator } from './operator.ts';
export type { Offer } from './serve/describe.ts';
export { type Problem, type ProblemCode, problems, type Retryable } from './serve/problem.ts';
export { decodeRow, encodeRow, type TranscriptRow } from './serve/transcript.ts';
export { type InquiryCall, inquire, isPrivateAddress } from './settle/outgoing.ts';
export { defaultPolicy, type SettlePolicy } from './settle/settle-context.ts';
export { findingsAmong } from './settle/sold.ts';
export { profileName, type SketchProfile } from './sketch/sketch-profile.ts';
export { aesSeal, noSeal, type Sealer } from './store/seal.ts';
export { markCopy, openSqliteStore, type SqliteStoreOptions } from './store/sqlite/store.ts';
export type * from './store/types.ts';
