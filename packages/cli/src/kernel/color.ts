type Env = Readonly<Record<string, string | undefined>>;

/** True for variables with a value. */
export const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** Colour is used on a terminal only, and never with NO_COLOR, CI, TERM=dumb or --no-color (no-color.org). */
export const wantsColor = (env: Env, isTerminal: boolean, argv: readonly string[]): boolean =>
  isTerminal && !isSet(env.NO_COLOR) && !isSet(env.CI) && env.TERM !== 'dumb' && !argv.includes('--no-color');
