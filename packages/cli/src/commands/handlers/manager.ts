import * as sdk from '@atoma/sdk';
import { given } from '../../chain/given.ts';
import { perform } from '../../chain/perform.ts';
import type { Handler, Run } from '../../kernel/command.ts';
import { toJsonFields } from '../../kernel/json-value.ts';
import { counted, grouped } from '../../kernel/lines.ts';
import type * as specs from '../specs/manager.ts';

const manager = (run: Run) => given({ managerBadgeId: run.settings.get('managerBadge').value });

const camel = (name: string): string => name.replace(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase());

/** `atoma db set-config` */
export const setConfig: Handler<typeof specs.setConfigFlags> = (run, { name, value }) =>
  perform(
    run,
    sdk.setConfig,
    { ...manager(run), name: camel(name) as sdk.ConfigName, value },
    {
      headline: ({ changes }) => `${counted(changes.length, 'parameter')} changed`,
      rows: ({ changes }) => changes.map((change) => [change.name, `${grouped(change.old)} → ${grouped(change.new)}`]),
      data: ({ changes }) => ({ changes: changes.map((change) => toJsonFields(change)) }),
    },
  );

/** `atoma db set-registration` */
export const setRegistration: Handler<typeof specs.registrationFlags> = (run, { state }) =>
  perform(
    run,
    sdk.setRegistrationOpen,
    { ...manager(run), open: state === 'open' },
    {
      headline: ({ open }) => (open ? 'new nodes may register' : 'no new nodes may register'),
    },
  );

/** `atoma db create-manager-badge` */
export const createManagerBadge: Handler<typeof specs.onlyManagerFlags> = (run) =>
  perform(run, sdk.createManagerBadge, manager(run), {
    headline: ({ recipient }) => `a manager badge made for ${recipient}`,
    rows: ({ managerBadgeId }) => [['badge', managerBadgeId]],
  });

/** `atoma db migrate` */
export const migrate: Handler<typeof specs.onlyManagerFlags> = (run) =>
  perform(run, sdk.migrate, manager(run), { headline: ({ version }) => `the market is at version ${version}` });
