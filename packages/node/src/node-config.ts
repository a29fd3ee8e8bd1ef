/** The configuration file of a daemon: what an operator writes, checked, and turned into a running daemon. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory, type StaticSite } from '@atoma/base';
import { type Atoma, quantizations } from '@atoma/sdk';
import * as z from 'zod';
import { confidentialSchema, configuredEnvironment } from './confidential/configured.ts';
import type { ServeLimits } from './context.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { createBuiltinEngine } from './engine/builtin/engine.ts';
import { llamaOptions } from './engine/llama/options.ts';
import { startLlamaEngine } from './engine/llama/start.ts';
import { tokenizerNames } from './engine/tokenizer.ts';
import type { Engine } from './engine/types.ts';
import type { UpstreamLimits } from './engine/upstream/config.ts';
import { createUpstreamEngine } from './engine/upstream/engine.ts';
import type { Listening } from './http/listen.ts';
import { nodeError } from './node-errors.ts';
import { createLog } from './observe/log.ts';
import { type OperatorOptions, startOperator } from './operator.ts';
import { aesSeal } from './store/seal.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

const positive = z.int().min(1);
const load = z.strictObject({
  path: z.string().startsWith('/').default('/metrics'),
  gauge: z.string().min(1),
  pause: z.number().positive(),
  resume: z.number().positive(),
});
const target = z.strictObject({
  url: z.url(),
  api_key_env: z.string().optional(),
  concurrency: positive.default(32),
  load: load.optional(),
});
const upstream = z.strictObject({
  name: z.string().min(1),
  upstream_name: z.string().optional(),
  roles: z.array(z.int().min(0).max(5)).min(1),
  context_length: positive,
  tokenizer: z
    .enum(tokenizerNames as [string, ...string[]])
    .nullable()
    .default('o200k_base'),
  profile: z.string().nullable().default(null),
  image_part_units: positive.optional(),
  quantization: z.enum(quantizations as [string, ...string[]]).optional(),
  targets: z.array(target).min(1),
});

/** Patience with engines and clients, ms; what is left out keeps its default. */
const times = z.strictObject({
  first_ms: positive.optional(),
  silence_ms: positive.optional(),
  generation_ms: positive.optional(),
  queue_ms: positive.optional(),
  head_ms: positive.optional(),
  keep_alive_ms: positive.optional(),
});

const schema = z.strictObject({
  node: positive.nullable().default(null),
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(8_080),
  url: z.string().max(256).nullable().default(null),
  operator_port: z.int().min(0).max(65_535).default(8_081),
  durability: z.enum(['power', 'process']).default('power'),
  seal_key_file: z.string().nullable().default(null),
  log_level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  poll_ms: positive.default(1_000),
  clock_check: z.boolean().default(true),
  allow_private_nodes: z.boolean().default(false),
  /** Fetch images and other media from public https addresses; at level 1 never. */
  remote_media: z.boolean().default(false),
  times: times.default({}),
  /** The environment whose evidence stacks of level 2 are served under. */
  confidential: confidentialSchema,
  min_fee: z.int().min(0).default(0),
  idle_minutes: positive.default(30),
  demo_models: z.boolean().default(true),
  demo_units_per_second: z.int().min(0).default(0),
  models: z.array(z.union([upstream, llamaOptions])).default([]),
});

/** A checked configuration. */
export type NodeConfig = z.infer<typeof schema>;

type Model = NodeConfig['models'][number];
type FileModel = Extract<Model, { readonly file: string }>;
type ServerModel = Exclude<Model, FileModel>;

/** The models that servers answer for. */
export const serverModels = (config: NodeConfig): readonly ServerModel[] =>
  config.models.filter((model): model is ServerModel => !('file' in model));

/** The models that are files. */
export const fileModels = (config: NodeConfig): readonly FileModel[] =>
  config.models.filter((model): model is FileModel => 'file' in model);

const loopback = /^(127\.[\d.]+|\[::1\]|localhost)$/;

/** A confidential environment ends where its engine is somewhere else. Throws `NODE_CONFIG`. */
const refuseOutside = (config: NodeConfig, where: string): void => {
  if (config.confidential === null) return;
  const files = fileModels(config).flatMap(({ server }) => (server ? [server] : []));
  for (const { url } of [...serverModels(config).flatMap(({ targets }) => targets), ...files])
    if (!loopback.test(new URL(url).hostname))
      throw nodeError('CONFIG', { why: `${url} lies outside of the confidential environment`, where });
};

/** Checks a parsed configuration file. Throws `NODE_CONFIG`. */
export const parseNodeConfig = (value: unknown, where: string): NodeConfig => {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) {
    refuseOutside(parsed.data, where);
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  throw nodeError('CONFIG', { why: `${issue?.path.join('.') || 'file'}: ${issue?.message}`, where });
};

/** A configuration file to start from, as YAML. */
export const nodeConfigExample = (p: { readonly rehearsal: boolean }): string => `# Configuration of an Atoma node.
port: 8080            # where buyers connect
operator_port: 8081   # this machine only, with the token in operator.token
url: ${p.rehearsal ? 'http://127.0.0.1:8080' : 'null # https address buyers reach this node at'}
durability: ${p.rehearsal ? 'process   # survives the end of the process; use power where machines lose power' : 'power'}
clock_check: ${!p.rehearsal}
allow_private_nodes: ${p.rehearsal}
confidential: null    # { evidence: rehearsal }, or tdx, snp: see docs/confidential.md
demo_models: true     # atoma/demo-chat and atoma/demo-embed: they prove the protocol, not quality
models: []
# - file: /srv/models/small.gguf   # served by llama.cpp in a process of its own; needs the package node-llama-cpp
#   name: small                    # its own name when left out
#   threads: 1
#   parallel: 4
# - file: /srv/models/llama-3.1-8b.gguf   # tokens and template; the values are the server's: checked answers (level 1) on it
#   server: { kind: vllm, url: 'http://127.0.0.1:8000' }   # or sglang, llama-server
# - name: meta-llama/Llama-3.1-8B-Instruct
#   roles: [0]
#   context_length: 131072
#   tokenizer: o200k_base
#   targets:
#     - url: http://127.0.0.1:8000
#       concurrency: 64
#       load: { gauge: 'vllm:num_requests_waiting', pause: 20, resume: 5 } # of its /metrics: no work above, again below
`;

const engines = async (config: NodeConfig): Promise<readonly Engine[]> => {
  const models = serverModels(config).map((model) => ({
    name: model.name,
    ...(model.upstream_name === undefined ? {} : { upstreamName: model.upstream_name }),
    roles: model.roles,
    contextLength: model.context_length,
    tokenizer: model.tokenizer,
    profile: model.profile,
    ...(model.quantization === undefined ? {} : { quantization: model.quantization }),
    ...(model.image_part_units === undefined ? {} : { imagePartUnits: BigInt(model.image_part_units) }),
    targets: model.targets.map(({ url, concurrency, load, api_key_env: name }) => {
      const apiKey = name === undefined ? undefined : process.env[name];
      return {
        url: url.replace(/\/(v1\/?)?$/, ''),
        concurrency,
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(load === undefined ? {} : { load }),
      };
    }),
  }));
  const demo = config.demo_models ? [createBuiltinEngine({ unitsPerSecond: config.demo_units_per_second })] : [];
  const files = await Promise.all(fileModels(config).map((model) => startLlamaEngine(model)));
  return [
    ...(models.length === 0 ? [] : [createUpstreamEngine({ models, limits: upstreamTimes(config) })]),
    ...files,
    ...demo,
  ];
};

const named = (values: Readonly<Record<string, number | undefined>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

const upstreamTimes = ({ times: t }: NodeConfig): Partial<UpstreamLimits> =>
  named({ firstMs: t.first_ms, silenceMs: t.silence_ms, generationMs: t.generation_ms, queueMs: t.queue_ms });

const serveTimes = ({ times: t }: NodeConfig): Partial<ServeLimits> =>
  named({ headMs: t.head_ms, keepAliveMs: t.keep_alive_ms });

const sealKey = (path: string): Uint8Array => {
  const key = existsSync(path) ? Buffer.from(readFileSync(path, 'utf8').trim(), 'hex') : Buffer.alloc(0);
  if (key.length !== 32) throw nodeError('CONFIG', { why: 'it holds no key of 64 hex digits', where: path });
  return key;
};

/** A daemon started from its configuration. */
export interface ConfiguredDaemon {
  readonly daemon: Daemon;
  readonly operator: Listening;
}

/** Where a configured daemon keeps its files, and what may be forced. */
export interface ConfiguredParameters {
  readonly config: NodeConfig;
  readonly atoma: Atoma;
  /** SQLite file. */
  readonly databasePath: string;
  readonly tokenPath: string;
  /** File of this machine's development root, for rehearsals of level 2; beside the database when left out. */
  readonly rehearsalKeyPath?: string;
  readonly takeover?: boolean;
  readonly version?: string;
  /** See {@link OperatorOptions}. */
  readonly doctor?: OperatorOptions['doctor'];
  /** Pages that a browser gets at the addresses of node and operator; none when left out. */
  readonly pages?: StaticSite;
}

/** Opens the database and starts daemon and operator surface. */
export const openConfigured = async (p: ConfiguredParameters): Promise<ConfiguredDaemon> => {
  const { config } = p;
  makeDirectory(dirname(p.databasePath));
  const store = openSqliteStore({
    path: p.databasePath,
    durability: config.durability,
    ...(config.seal_key_file === null ? {} : { sealer: aesSeal(sealKey(config.seal_key_file)) }),
  });
  let daemon: Daemon | undefined;
  try {
    const environment = configuredEnvironment(
      config.confidential,
      config,
      p.rehearsalKeyPath ?? join(dirname(p.databasePath), 'rehearsal.key'),
      p.version ?? '0.1.0',
    );
    daemon = await startDaemon({
      atoma: p.atoma,
      store,
      engines: await engines(config),
      host: config.host,
      port: config.port,
      pollMs: config.poll_ms,
      clockCheck: config.clock_check,
      log: createLog(config.log_level),
      policy: {
        allowPrivateNodes: config.allow_private_nodes,
        minFee: BigInt(config.min_fee),
        idleMs: config.idle_minutes * 60_000,
      },
      limits: {
        ...serveTimes(config),
        remoteMedia: config.remote_media,
      },
      takeover: p.takeover ?? false,
      ...(environment ? { environment } : {}),
      ...(config.node === null ? {} : { nodeSmallId: BigInt(config.node) }),
      ...(config.url === null ? {} : { url: config.url }),
      ...(p.version === undefined ? {} : { version: p.version }),
      ...(p.pages ? { pages: p.pages } : {}),
    });
    const { tokenPath, doctor, pages } = p;
    const operator = await startOperator(daemon, {
      port: config.operator_port,
      tokenPath,
      ...(doctor ? { doctor } : {}),
      ...(pages ? { pages } : {}),
    });
    return { daemon, operator };
  } catch (error) {
    await (daemon ? daemon.stop({ graceMs: 0 }) : store.close());
    throw error;
  }
};
