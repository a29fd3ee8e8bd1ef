/**
 * Every command of the built program where something is wrong with the machine, with no market running: each ends with an answer or
 * with an error that names the fault, never with a stack trace, and never waits for what cannot come.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { allCommands } from './kernel/tree.ts';
import { root } from './root.ts';
import { bundle, cleanMachine, devCli, execute, type Finished, type Machine, words } from './testing/process.ts';
import { freePorts } from './up/ports.ts';

beforeAll(async () => expect(await execute(cleanMachine(), devCli, ['--version'])).toMatchObject({ code: 0 }));

/** What examples leave to the reader. */
const filledIn = (example: string): string =>
  example
    .replaceAll('DIGEST', '9xUn6hsjxLVVyYg83qNEqHf82wk6Heq5yaSFWQchtBbC')
    .replaceAll('0xID', '0x6')
    .replaceAll('/srv/backup/', 'copies-')
    .replaceAll(/0x…|@\S+/g, `0x${'1'.repeat(64)}`);

/** In place of an example that takes long, or of ports that may be taken. */
const shorter: Readonly<Record<string, string>> = {
  bench: 'bench --quick',
  'lab run': 'lab run other-model --runs 1',
  up: 'up --port 0 --nodes 1',
  'chain start': 'chain start --port 0 --faucet-port 0',
  'gateway run': 'gateway run --port 0 --admin-port 0',
  mcp: 'mcp --port 0',
  docs: 'docs --port 0',
};

/** One example a command; the transactions on the market are one kind, of which two are enough. */
const lines: readonly string[] = allCommands(root)
  .filter(([path]) => path[0] !== 'db' || path[1] === 'register-node' || path[1] === 'claim-funds')
  .map(([path, { examples }]) => shorter[path.join(' ')] ?? filledIn(examples[0] ?? path.join(' ')));

interface Surroundings {
  readonly machine: Machine;
  /** Words of a shell before the program starts. */
  readonly before?: string;
  readonly more?: readonly string[];
}

const at = (make: (home: string) => string): Surroundings => {
  const machine = cleanMachine();
  return { machine: { ...machine, env: { ...machine.env, ATOMA_HOME: make(machine.home) } } };
};

/** Each with the errors that name its fault. */
const table: readonly (readonly [name: string, make: () => Surroundings | Promise<Surroundings>, codes: RegExp])[] = [
  [
    'a network that does not answer',
    async () => {
      const machine = cleanMachine();
      const [port] = await freePorts(1);
      mkdirSync(machine.atomaHome);
      writeFileSync(join(machine.atomaHome, 'networks.json'), JSON.stringify({ dead: `http://127.0.0.1:${port}` }));
      return { machine, more: ['--network', 'dead'] };
    },
    /^(NETWORK_UNREACHABLE|CLI_UNREACHABLE|CLI_NO_CONNECTION)$/,
  ],
  ['a market that does not run', () => ({ machine: cleanMachine(), more: ['--network', 'up'] }), /^UP_NOT_RUNNING$/],
  ['a full disk', () => ({ machine: cleanMachine(), before: 'ulimit -f 0' }), /^CLI_DISK_FULL$/],
  [
    'a data directory below a file',
    () =>
      at((home) => {
        writeFileSync(join(home, 'file'), '');
        return join(home, 'file/below');
      }),
    /^CLI_WRONG_KIND$/,
  ],
  ['a data directory where nothing can be made', () => at(() => '/proc/atoma'), /^CLI_NO_PERMISSION$/],
  [
    'a pipe as data directory',
    () =>
      at((home) => {
        execFileSync('mkfifo', [join(home, 'pipe')]);
        return join(home, 'pipe');
      }),
    /^CLI_HOME_UNUSABLE$/,
  ],
];

/** What a command may say wherever it is: its own example asks for something that is not here. */
const ofItself =
  /^(CLI_(BAD_VALUE|USAGE|FILE_UN(READ|WRIT)ABLE|NOT_FOUND|NEEDS_YES|NO_WALLET|MISSING_VALUE|BAD_CONFIG|NO_ENGINE|UNKNOWN_NETWORK|BAD_ARCHIVE|NOT_ON_THIS_NETWORK|BACKUP_EMPTY|BACKUP_BAD|DOCS_NOT_BUILT)|BENCH_DEMO_ENDED|ENGINE_\w+|MOVE_NO_PACKAGE|NODE_INQUIRY|UP_NOT_RUNNING|GATEWAY_\w+|BUYER_\w+|WALLET_\w+|VALUE_\w+|SDK_\w+)$/;

const errorCode = ({ out }: Finished): string | undefined => {
  const last = out.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) return undefined;
  return (JSON.parse(last) as { error?: { code: string } }).error?.code;
};

const faultsOf = (line: string, done: Finished, codes: RegExp): readonly string[] => {
  const told = `${line}: exit ${done.code}, ${done.out.slice(0, 200)} ${done.err.slice(0, 300)}`;
  if (done.code === null) return [`${told} (was killed)`];
  if (/\n\s+at \S+ \(|fetch failed|CLI_INTERNAL/.test(done.out + done.err)) return [told];
  const code = errorCode(done);
  if (code === undefined) return [];
  return codes.test(code) || ofItself.test(code) ? [] : [told];
};

const PATIENCE_MS = 240_000;

/** Runs a line to its end; a program that stays is told to end once it says that it serves. */
const runIn = ({ machine, before = ':', more = [] }: Surroundings, line: string): Promise<Finished> =>
  new Promise((done) => {
    const command = [process.execPath, bundle, ...words(line), '--json', ...more];
    const child = spawn('sh', ['-c', `${before}; exec "$@"`, 'sh', ...command], {
      cwd: machine.home,
      env: machine.env,
    });
    let [out, err, told] = ['', '', false];
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    child.stdout.on('data', (part: Buffer) => {
      out += part;
      if (told || !/^\{"schema":.*\n/.test(out)) return;
      told = child.kill('SIGTERM');
    });
    child.stderr.on('data', (part: Buffer) => {
      err += part;
    });
    child.on('close', (code, signal) => {
      clearTimeout(late);
      // One that was ending anyway may have been hit by the signal.
      done({ code: told && signal === 'SIGTERM' ? 0 : code, out, err });
    });
    child.stdin.on('error', () => {}).end();
  });

test.each(table)('%s', async (_name, make, codes) => {
  const where = await make();
  const seen = new Set<string>();
  const faults: string[] = [];
  const waiting = lines.values();
  const lane = async (): Promise<void> => {
    for (const line of waiting) {
      const done = await runIn(where, line);
      seen.add(errorCode(done) ?? '');
      faults.push(...faultsOf(line, done, codes));
    }
  };
  await Promise.all([lane(), lane()]);
  expect(faults).toEqual([]);
  expect([...seen].some((code) => codes.test(code))).toBe(true);
});
