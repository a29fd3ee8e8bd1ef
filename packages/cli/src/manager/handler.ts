import * as sdk from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { perform } from '../chain/perform.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { grouped } from '../kernel/lines.ts';
import type * as specs from './flags.ts';

const manager = (run: Run) => given({ managerBadgeId: run.settings.get('managerBadge').value });

/** `atoma db set-config` */
export const setConfig: Handler<typeof specs.setConfigFlags> = (run, { name, value }) =>
  perform(
    run,
    sdk.setConfig,
    { ...manager(run), name: sdk.parseConfigName(name), value },
    {
      headline: (change) => `${change.name} is ${grouped(change.new)}`,
      rows: (change) => [['before', grouped(change.old)]],
    },
  );

/** `atoma db set-registration-open` */
export const setRegistrationOpen: Handler<typeof specs.registrationFlags> = (run, { value }) =>
  perform(
    run,
    sdk.setRegistrationOpen,
    { ...manager(run), open: value === 'true' },
    {
      headline: ({ open }) => (open ? 'new nodes may register' : 'no new nodes may register'),
    },
  );

/** `atoma db create-manager-badge` */
export const createManagerBadge: Handler<typeof specs.createManagerFlags> = (run, { recipient }) =>
  perform(
    run,
    sdk.createManagerBadge,
    { ...manager(run), ...given({ recipient }) },
    {
      headline: ({ recipient }) => `a manager badge made for ${recipient}`,
      rows: ({ managerBadgeId }) => [['badge', managerBadgeId]],
    },
  );

/** `atoma db revoke-manager-badges` */
export const revokeManagerBadges: Handler<typeof specs.onlyManagerFlags> = (run) =>
  perform(run, sdk.revokeManagerBadges, manager(run), {
    headline: ({ managerBadgeId }) => `every manager badge but ${managerBadgeId} is revoked`,
  });

/** `atoma db migrate` */
export const migrate: Handler<typeof specs.onlyManagerFlags> = (run) =>
  perform(run, sdk.migrate, manager(run), { headline: ({ newVersion }) => `the market is at version ${newVersion}` });
