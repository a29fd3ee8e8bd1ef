import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { configListFlags, configNameFlags, configSetFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const one = {
  name: s.text('Setting.'),
  value: s.orNull(s.text('Value; null when not set.')),
  origin: s.text('Where it comes from.'),
};

/** `atoma config` */
export const configGroup = group(
  'Settings. Precedence, highest first: flag, ATOMA_*, .env.<network>, .env, user config, default.',
  {
    list: command({
      brief: 'All settings with their values.',
      examples: ['config list --show-origin', 'config list --json'],
      access: 'local',
      flags: configListFlags,
      output: s.shape('config.list', {
        settings: s.list(s.record(one), 'All settings.'),
        home: s.text('Directory everything is kept in.'),
      }),
      load: async () => (await handlers()).list,
    }),
    get: command({
      brief: 'One setting.',
      examples: ['config get network', 'config get max-cost'],
      access: 'local',
      flags: configNameFlags,
      positional: ['name'],
      output: s.shape('config.get', one),
      load: async () => (await handlers()).get,
    }),
    set: command({
      brief: 'Set a value of the user config.',
      examples: ['config set network testnet', 'config set max-cost 10TOMA'],
      access: 'local',
      flags: configSetFlags,
      positional: ['name', 'value'],
      output: s.shape('config.set', {
        name: s.text('Setting.'),
        value: s.text('Value.'),
        file: s.text('File written.'),
      }),
      load: async () => (await handlers()).set,
    }),
    unset: command({
      brief: 'Remove a value from the user config.',
      examples: ['config unset network'],
      access: 'local',
      flags: configNameFlags,
      positional: ['name'],
      output: s.shape('config.unset', { name: s.text('Setting.'), file: s.text('File written.') }),
      load: async () => (await handlers()).unset,
    }),
  },
);
