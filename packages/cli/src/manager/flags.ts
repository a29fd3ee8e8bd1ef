import { choice, objectId, optional, text, u64 } from '../kernel/flags.ts';
import { managerFlags, marketFlags } from '../shared/flags.ts';

/** Flags of `db set-config`. */
export const setConfigFlags = {
  name: text('parameter to set (see `atoma economics`)', 'NAME'),
  value: u64('new value in the parameter’s own unit: base units, permille, epochs or a count', 'NUMBER', 'units'),
  ...managerFlags,
  ...marketFlags,
};
/** Flags of `db set-registration-open`. */
export const registrationFlags = {
  value: choice('whether new nodes may register', ['true', 'false']),
  ...managerFlags,
  ...marketFlags,
};
/** Flags of the manager's commands that take nothing else. */
export const onlyManagerFlags = { ...managerFlags, ...marketFlags };

/** Flags of `db create-manager-badge`. */
export const createManagerFlags = {
  recipient: optional(objectId('address that gets the badge (default: the wallet)')),
  ...onlyManagerFlags,
};
