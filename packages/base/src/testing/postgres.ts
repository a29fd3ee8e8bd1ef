/** A PostgreSQL server of the machine's own package, on a unix socket in a directory of its own, for tests. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Client, types } from 'pg';
import { until } from './until.ts';

const PLACE = '/usr/lib/postgresql';

/** A running server. */
export interface PostgresServer {
  /** A session whose tables lie in a schema of this name, made when it is missing. */
  readonly connect: (schema: string) => Promise<Client>;
  readonly stop: () => Promise<void>;
}

/** Directory of the programs, or why they cannot be used. */
export const findPostgres = (): { readonly programs: string } | { readonly reason: string } => {
  const versions = existsSync(PLACE) ? readdirSync(PLACE).sort((a, b) => Number(b) - Number(a)) : [];
  const programs = versions
    .map((version) => join(PLACE, version, 'bin'))
    .find((each) => existsSync(join(each, 'initdb')));
  return programs === undefined
    ? { reason: `PostgreSQL is not installed: there is no initdb below ${PLACE} (Debian: apt-get install postgresql)` }
    : { programs };
};

/** The server refuses to run as root: the package made a user for it. */
const serverUser = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
};

/** Integers of all sizes, and sums of them, as bigints. */
const integers = new Set([20, 21, 23, 1700]);

const session = async (directory: string, schema: string): Promise<Client> => {
  const client = new Client({
    host: directory,
    user: 'postgres',
    database: 'postgres',
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        integers.has(oid) ? BigInt : types.getTypeParser(oid, format)) as never,
    },
  });
  await client.connect();
  await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"; SET search_path TO "${schema}"`);
  return client;
};

/** Starts a server; `programs` come from {@link findPostgres}. */
export const startPostgres = async (programs: string): Promise<PostgresServer> => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-postgres-'));
  const user = serverUser();
  if (user) chownSync(directory, user.uid, user.gid);
  chmodSync(directory, 0o700);
  const data = join(directory, 'data');
  const as = { ...user, cwd: directory, stdio: 'ignore' as const, env: { LANG: 'C.UTF-8', TZ: 'UTC' } };
  const options = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8'];
  execFileSync(join(programs, 'initdb'), options, as);
  const settings = ['listen_addresses=', `unix_socket_directories=${directory}`, 'fsync=off'];
  const server = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((each) => ['-c', each])], as);
  const ended = once(server, 'exit');
  const connect = (schema: string): Promise<Client> => session(directory, schema);
  const open: Client[] = [];
  const answers = async (): Promise<boolean> => {
    try {
      await (await connect('public')).end();
      return true;
    } catch (error) {
      if (server.exitCode !== null) throw error;
      return false;
    }
  };
  const stop = async (): Promise<void> => {
    await Promise.all(open.map((client) => client.end().catch(() => undefined)));
    server.kill('SIGINT');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await until('PostgreSQL answers', answers);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    connect: async (schema) => {
      const client = await connect(schema);
      open.push(client);
      return client;
    },
    stop,
  };
};
