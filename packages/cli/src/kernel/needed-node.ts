/** Oldest Node the program runs on: node:sqlite needs no flag from here on. */
export const neededNode = '22.13';

/** What to do about a Node that is too old, in one sentence; undefined when it is new enough. */
export const nodeTooOld = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = neededNode.split('.').map(Number);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return undefined;
  return `atoma needs Node ${neededNode} or newer and this is ${version}: install it from https://nodejs.org, or run \`npx -p node@24 -p atoma atoma\`, which brings its own.`;
};

/** On Node 22 and 23 the database module warns that it may change; that is no concern of who types a command. */
export const dropSqliteWarning = (): void => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
  }) as typeof emitWarning;
};
