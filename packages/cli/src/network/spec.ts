import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { networkAddFlags, networkNameFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const url = s.orNull(s.text('Address; null for the ledger inside the program.'));

/** `atoma network` */
export const networkGroup = group('Networks: which chain the commands work on.', {
  list: command({
    brief: 'All known networks.',
    examples: ['network list', 'network list --json'],
    access: 'local',
    flags: {},
    output: s.shape('network.list', {
      networks: s.list(
        s.record({
          name: s.text('Name.'),
          kind: { type: 'string', enum: ['embedded', 'localnet', 'public'] },
          url,
          origin: s.text('Where it comes from.'),
          active: s.bool('Whether commands use it now.'),
          package_id: s.orNull(s.objectId('Package of the recorded deployment.')),
          generation: s.orNull(s.text('current or older; null without a deployment.')),
        }),
        'All networks.',
      ),
    }),
    load: async () => (await handlers()).list,
  }),
  use: command({
    brief: 'Work on a network from now on.',
    examples: ['network use testnet', 'network use embedded'],
    access: 'local',
    flags: networkNameFlags,
    positional: ['name'],
    output: s.shape('network.use', { name: s.text('Name.'), url }),
    load: async () => (await handlers()).use,
  }),
  add: command({
    brief: 'Add a network, or change its address.',
    examples: ['network add mine --url http://127.0.0.1:9000'],
    access: 'local',
    flags: networkAddFlags,
    positional: ['name'],
    output: s.shape('network.add', { name: s.text('Name.'), url }),
    load: async () => (await handlers()).add,
  }),
});
