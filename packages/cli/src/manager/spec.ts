import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { writeShape } from '../shared/write-shape.ts';
import { createManagerFlags, onlyManagerFlags, registrationFlags, setConfigFlags } from './flags.ts';

const handlers = () => import('./handler.ts');

/** The commands of the manager. */
export const managerCommands = {
  'set-config': command({
    brief: 'Set a parameter of the market; open stacks keep the terms they were bought with.',
    examples: [
      'db set-config --name stack-life --value 20',
      'db set-config --name registration-collateral --value 20000000000',
    ],
    access: 'write',
    flags: setConfigFlags,
    output: writeShape('db.set-config', {
      name: s.text('Parameter, snake_case.'),
      old: s.amount('Value before.'),
      new: s.amount('Value now.'),
    }),
    load: async () => (await handlers()).setConfig,
  }),
  'set-registration-open': command({
    brief: 'Open or close the registration of new nodes.',
    examples: ['db set-registration-open --value false', 'db set-registration-open --value true'],
    access: 'write',
    flags: registrationFlags,
    output: writeShape('db.set-registration-open', { open: s.bool('Whether nodes may register.') }),
    load: async () => (await handlers()).setRegistrationOpen,
  }),
  'create-manager-badge': command({
    brief: 'Create another manager badge, for this wallet or someone else.',
    examples: ['db create-manager-badge', 'db create-manager-badge --recipient 0xADDRESS'],
    access: 'write',
    flags: createManagerFlags,
    output: writeShape('db.create-manager-badge', {
      manager_badge_id: s.objectId('The new badge.'),
      recipient: s.objectId('Who holds it.'),
    }),
    load: async () => (await handlers()).createManagerBadge,
  }),
  'revoke-manager-badges': command({
    brief: 'Revoke every manager badge but one: after a badge was lost, or to hand the market over.',
    examples: ['db revoke-manager-badges'],
    access: 'write',
    flags: onlyManagerFlags,
    output: writeShape('db.revoke-manager-badges', { manager_badge_id: s.objectId('The badge that is left.') }),
    load: async () => (await handlers()).revokeManagerBadges,
  }),
  migrate: command({
    brief: 'Move the market to the version of an upgraded package.',
    examples: ['db migrate'],
    access: 'write',
    flags: onlyManagerFlags,
    output: writeShape('db.migrate', {
      old_version: s.integer('Version before.'),
      new_version: s.integer('Version now.'),
    }),
    load: async () => (await handlers()).migrate,
  }),
};
