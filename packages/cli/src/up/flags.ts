import { choice, integer, optional, text, toggle, withDefault } from '../kernel/flags.ts';

/** Flags of `up`. */
export const upFlags = {
  nodes: optional(integer('nodes, each with its own wallet (default 5)', 'N', 1, 50, 'nodes')),
  level: optional(
    choice('security level of what is sold (default 1; 0 with --engine or a model file without a profile)', [
      '0',
      '1',
      '2',
    ]),
  ),
  engine: optional(text('OpenAI-compatible server that answers instead of the built-in demo models', 'URL')),
  model: optional(
    text('GGUF file that answers, or the model of --engine to sell (default: all it lists)', 'FILE|NAME'),
  ),
  seed: optional(text('makes keys, draws and ids repeatable (default: random)', 'TEXT')),
  epochMs: optional(integer('length of an epoch, ms (default 60000)', 'MS', 200, 86_400_000, 'ms')),
  port: withDefault(integer('port of the endpoint; 0 takes a free one', 'PORT', 0, 65_535, 'as a port'), 8787),
  persist: toggle('keep everything on disk; the next start resumes'),
  cheat: toggle('make the node of the first chat answer without reading the prompt, and watch it being caught'),
  detach: toggle('run in the background'),
  stop: toggle('stop the running market'),
};
