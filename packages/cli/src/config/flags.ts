import { text, toggle } from '../kernel/flags.ts';

/** Flags of `config list`. */
export const configListFlags = { showOrigin: toggle('say where each value comes from') };
/** Flags of `config get` and `config unset`. */
export const configNameFlags = { name: text('setting, for example network', 'SETTING') };
/** Flags of `config set`. */
export const configSetFlags = { ...configNameFlags, value: text('its value', 'VALUE') };
