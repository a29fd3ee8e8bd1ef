import { nearest } from '@atoma/base';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { kebab } from '../kernel/flag.ts';
import { rowLines, tableLines } from '../kernel/lines.ts';
import type { configListFlags, configNameFlags, configSetFlags } from './flags.ts';
import { type SettingName, settingKeys } from './setting-keys.ts';
import { writeUserConfig } from './settings.ts';

const named = (name: string): SettingName => {
  const found = settingKeys.find((key) => key.name === name || kebab(key.name) === name || key.env.includes(name));
  if (found) return found.name;
  const names = settingKeys.map((key) => kebab(key.name));
  const near = nearest(name, names);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Settings: ${names.join(', ')}.`;
  throw cliError('USAGE', { what: `There is no setting "${name}".`, hint });
};

const shown = (run: Run, name: SettingName) => {
  const { value, origin } = run.settings.get(name);
  return { name: kebab(name), value: value ?? null, origin };
};

/** `atoma config list` */
export const list: Handler<typeof configListFlags> = async (run, { showOrigin }) => {
  const settings = settingKeys.map((key) => shown(run, key.name));
  const cells = settings.map(({ name, value, origin }) => [name, value ?? '-', ...(showOrigin ? [origin] : [])]);
  return {
    data: { settings, home: run.settings.home.directory },
    lines: (paint) => [
      ...tableLines(paint, ['setting', 'value', ...(showOrigin ? ['from'] : [])], cells),
      '',
      `kept in ${run.settings.home.directory}`,
    ],
  };
};

/** `atoma config get` */
export const get: Handler<typeof configNameFlags> = async (run, { name }) => {
  const setting = shown(run, named(name));
  return {
    data: setting,
    short: setting.value ?? '',
    lines: (paint) => rowLines(paint, [[setting.name, `${setting.value ?? 'not set'} (${setting.origin})`]], ''),
  };
};

const change = (run: Run, name: SettingName, value: string | undefined): string => {
  writeUserConfig(run.settings.home.config, name, value);
  return run.settings.home.config;
};

/** `atoma config set` */
export const set: Handler<typeof configSetFlags> = async (run, { name, value }) => {
  const key = named(name);
  const file = change(run, key, value);
  return {
    data: { name: kebab(key), value, file },
    short: value,
    lines: () => [`${kebab(key)} is ${value} (${file})`],
  };
};

/** `atoma config unset` */
export const unset: Handler<typeof configNameFlags> = async (run, { name }) => {
  const key = named(name);
  const file = change(run, key, undefined);
  return {
    data: { name: kebab(key), file },
    short: kebab(key),
    lines: () => [`${kebab(key)} is no longer set in ${file}`],
  };
};
