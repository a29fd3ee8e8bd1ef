import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { completeFlags, completionFlags, printEnvFlags, schemaFlags } from './flags.ts';

/** Commands about the program itself. */
export const toolCommands = {
  'print-env': command({
    brief: 'Ids of the active deployment as environment variables.',
    examples: ['print-env', 'print-env --shell dotenv > .env'],
    access: 'read',
    flags: printEnvFlags,
    output: s.shape('print-env', { variables: s.anyRecord('Value by variable.') }),
    load: async () => (await import('./print-env.handler.ts')).printEnv,
  }),
  schema: command({
    brief: 'JSON Schema of what a command prints with --json.',
    examples: ['schema db claim-funds', 'schema --json'],
    access: 'local',
    flags: schemaFlags,
    positional: ['command'],
    output: s.shape('schema', { schemas: s.list(s.anyRecord('JSON Schema 2020-12.'), 'Schemas.') }),
    load: async () => (await import('./schema.handler.ts')).schema,
  }),
  completion: command({
    brief: 'Script that completes commands, flags and ids in a shell.',
    examples: [
      'completion bash >> ~/.bashrc',
      'completion zsh > ~/.zfunc/_atoma',
      'completion fish > ~/.config/fish/completions/atoma.fish',
    ],
    access: 'local',
    flags: completionFlags,
    positional: ['shell'],
    load: async () => (await import('./completion.handler.ts')).completion,
  }),
  __complete: command({
    brief: 'Words that may come next (called by the completion scripts).',
    examples: ['__complete -- db acq'],
    access: 'local',
    hidden: true,
    flags: completeFlags,
    positional: ['words'],
    load: async () => (await import('./completion.handler.ts')).complete,
  }),
};
