import { integer, optional, role, securityLevel, smallId, text, toggle, u64 } from '../kernel/flags.ts';
import { marketFlags } from '../shared/flags.ts';

/** Flags of `node init`. */
export const initFlags = {
  rehearsal: toggle('settings for a rehearsal on one machine: http addresses, no clock check'),
};
/** Flags of `node setup`. */
export const setupFlags = {
  engine: optional(text('OpenAI-compatible server; default: the usual ports of this machine', 'URL')),
  engineKeyEnv: optional(text('variable that holds the API key of --engine', 'NAME')),
  model: optional(text('name to sell under, as tasks write it (default: what tasks ask for)', 'MODEL')),
  upstreamName: optional(text('name the server knows the model by', 'MODEL')),
  role: optional(role('role of the model (default: chat)')),
  task: optional(smallId('subscribe to this task only', 'task')),
  level: optional(securityLevel('level of the tasks to serve, or of the task to create (default 0)')),
  createTask: toggle('create a task if none asks for the model'),
  price: optional(u64('price of one unit (default: the cheapest offer, or 100)', 'BASE_UNITS', 'base units', 1n)),
  maxUnits: optional(u64('most units of one stack (default 10,000,000)', 'UNITS', 'compute units', 1n)),
  url: optional(text('https address buyers reach the node at', 'URL')),
  port: optional(integer('port the node listens on (default 8080)', 'PORT', 1, 65_535, 'as a port')),
  operatorPort: optional(integer('port of the operator’s interface (default 8081)', 'PORT', 1, 65_535, 'as a port')),
  rehearsal: toggle('a rehearsal on one machine: http addresses, no clock check, the built-in demo model'),
  ...marketFlags,
};
/** Flags of `node run`. */
export const runFlags = {
  takeover: toggle('start even if another daemon answers at the announced address'),
  ...marketFlags,
};
/** Flags of `node doctor`. */
export const doctorFlags = { ...marketFlags };
/** Flags of `node settle` and `node reopen`. */
export const settleFlags = { stack: smallId('small id of the stack', 'stack') };
/** Flags of commands that only ask the running daemon. */
export const askFlags = {};
