import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { cliError } from '../kernel/cli-errors.ts';
import { kebab } from '../kernel/flag.ts';
import { type HomeLayout, holdPrivateFile, homeDirectory, homeLayout, writePrivateFile } from './home.ts';
import { type SettingKey, type SettingName, settingKeys } from './setting-keys.ts';

/** A value with where it came from, for people: `flag --network`, `environment ATOMA_NETWORK`, a file, `default`. */
export interface Setting {
  readonly value: string | undefined;
  readonly origin: string;
  /** How a person takes the value away, as the beginning of a sentence; empty where nobody gave one. */
  readonly removal: string;
}

/** The settings of one run. */
export interface Settings {
  readonly home: HomeLayout;
  readonly network: Setting & { readonly value: string };
  readonly get: (name: SettingName) => Setting;
  readonly env: Env;
}

type Env = Readonly<Record<string, string | undefined>>;
type Source = {
  readonly origin: (key: SettingKey, name: string) => string;
  /** How a person takes the value away again, as the beginning of a sentence. */
  readonly removal: (key: SettingKey, name: string) => string;
  readonly find: (key: SettingKey) => readonly [string, string] | undefined;
};

const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The user's config file as an object; an empty one when there is no file. */
export const readUserConfig = (file: string): Record<string, string> => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return {};
  if (!found.isFile()) throw cliError('BAD_CONFIG', { file, why: 'it is not a file.' });
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed))
      return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, String(value)]));
  } catch (error) {
    throw cliError('BAD_CONFIG', { file, why: whyOf(error) }, error);
  }
  throw cliError('BAD_CONFIG', { file, why: 'it holds no JSON object.' });
};

type Config = Readonly<Record<string, string>>;

const OTHERS_MS = 10_000;

/** Changes a config file in one step, so that what two commands change at once is both kept. Throws `CLI_CONFIG_BUSY`. */
export const changeUserConfig = (file: string, change: (before: Config) => Config): void => {
  const directory = dirname(file);
  const hold = holdPrivateFile(join(directory, 'config'), OTHERS_MS);
  if (!hold) throw cliError('CONFIG_BUSY', { directory });
  try {
    writePrivateFile(file, `${JSON.stringify(change(readUserConfig(file)), null, 2)}\n`);
  } finally {
    hold.release();
  }
};

/** Sets a value of the user's config file, or removes it. */
export const writeUserConfig = (file: string, name: SettingName, value: string | undefined): void =>
  changeUserConfig(file, ({ [kebab(name)]: _old, ...rest }) =>
    value === undefined ? rest : { ...rest, [kebab(name)]: value },
  );

const envSource = (env: Env, origin: (variable: string) => string, removal: (variable: string) => string): Source => ({
  origin: (_key, variable) => origin(variable),
  removal: (_key, variable) => removal(variable),
  find: (key) => {
    const variable = key.env.find((name) => env[name] !== undefined && env[name] !== '');
    return variable === undefined ? undefined : [variable, env[variable] as string];
  },
});

/** A directory named `.env` is a Python environment, and a pipe would never end. */
const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

const dotenvSource = (cwd: string, name: string): Source => {
  const file = join(cwd, name);
  const values = isFile(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return envSource(
    values,
    (variable) => `${name} ${variable}`,
    (variable) => `Take ${variable} out of ${file}`,
  );
};

const environmentSource = (env: Env): Source =>
  envSource(
    env,
    (variable) => `environment ${variable}`,
    (variable) => `Run \`unset ${variable}\` in this shell`,
  );

const flagSource = (flags: Readonly<Record<string, string | undefined>>): Source => ({
  origin: (key) => `flag --${kebab(key.name)}`,
  removal: (key) => `Leave --${kebab(key.name)} out`,
  find: (key) => (flags[key.name] === undefined ? undefined : [key.name, flags[key.name] as string]),
});

const configSource = (file: string): Source => {
  const values = readUserConfig(file);
  return {
    origin: () => file,
    removal: (key) => `Take it back with \`atoma config unset ${kebab(key.name)}\``,
    find: (key) => (values[kebab(key.name)] === undefined ? undefined : [key.name, values[kebab(key.name)] as string]),
  };
};

const resolve = (key: SettingKey, sources: readonly Source[]): Setting => {
  for (const source of sources) {
    const found = source.find(key);
    if (found) return { value: found[1], origin: source.origin(key, found[0]), removal: source.removal(key, found[0]) };
  }
  return { value: key.fallback, origin: key.fallback === undefined ? 'not set' : 'default', removal: '' };
};

/** What {@link readSettings} reads from. */
export interface SettingsInput {
  readonly env: Env;
  readonly cwd: string;
  /** Values of the flags that are settings too. */
  readonly flags: Readonly<Record<string, string | undefined>>;
}

/** Reads all settings: flag, environment, `.env.<network>`, `.env`, the user's config file, default, in this order. */
export const readSettings = ({ env, cwd, flags }: SettingsInput): Settings => {
  const home = homeLayout(homeDirectory(env));
  const first = [flagSource(flags), environmentSource(env)];
  const last = [dotenvSource(cwd, '.env'), configSource(home.config)];
  const networkKey = settingKeys[0] as SettingKey;
  const network = resolve(networkKey, [...first, ...last]) as Settings['network'];
  const sources = [...first, dotenvSource(cwd, `.env.${network.value}`), ...last];
  const get = (name: SettingName) =>
    name === 'network' ? network : resolve(settingKeys.find((key) => key.name === name) as SettingKey, sources);
  return { home, network, get, env };
};
