/**
 * Counts every write to a database or to a log of intents and every send of this process, and ends it with SIGKILL at one of them.
 * A point is passed before and after each step, and within the write of a record.
 */
import fs from 'node:fs';
import { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { StatementSync } from 'node:sqlite';
import type { Transport } from '@atoma/sdk';

const passed: string[] = [];
let fatal: number | string | undefined;

/** Starts to count; the process dies at the point with this number, counted from 0, or this name: `NAME#2` is its second time. */
export const arm = (at: number | string): void => {
  fatal = at;
};

/** Stops counting; returns the points passed, in order. */
export const disarm = (): readonly string[] => {
  fatal = undefined;
  return passed;
};

const isFatal = (name: string): boolean =>
  fatal === passed.length || fatal === `${name}#${passed.filter((each) => each === name).length + 1}`;

/** A point. The name of the one it dies at is the last thing a process writes to its error stream. */
export const pass = (name: string): void => {
  if (fatal === undefined) return;
  if (isFatal(name)) {
    writeSync(2, name);
    process.kill(process.pid, 'SIGKILL');
  }
  passed.push(name);
};

const around = (name: string, work: () => unknown): unknown => {
  pass(`before ${name}`);
  const result = work();
  pass(`after ${name}`);
  return result;
};

/** First word and table of a statement that writes; undefined for one that reads. */
const writeOf = (sql: string): string | undefined => {
  const [verb = '', ...rest] = sql.trim().split(/[\s(]+/);
  if (!/^(INSERT|UPDATE|DELETE|COMMIT)$/.test(verb)) return undefined;
  const table = rest.find((word) => !/^(OR|REPLACE|INTO|FROM)$/.test(word));
  // The heartbeat of a daemon comes at any time and says nothing new.
  if (table === 'lease') return undefined;
  return [verb, table].filter(Boolean).join(' ');
};

/** Methods that are wrapped, whatever their overloads. */
type Method<This> = (this: This, ...all: readonly unknown[]) => unknown;

for (const method of ['run', 'get'] as const) {
  const original = StatementSync.prototype[method] as Method<StatementSync>;
  StatementSync.prototype[method] = function (this: StatementSync, ...values: readonly unknown[]) {
    const written = writeOf(this.sourceSQL);
    return written === undefined
      ? original.apply(this, [...values])
      : around(written, () => original.apply(this, [...values]));
  } as never;
}

/** Methods of node:fs on the descriptors of logs of intents and of commits; whoever has imported them by name gets these too. */
const logs = new Set<unknown>();
const files = fs as unknown as Record<'openSync' | 'writeSync' | 'ftruncateSync', Method<void>>;
const { openSync, writeSync, ftruncateSync } = files;
const onLogs =
  (original: Method<void>, counted: Method<void>): Method<void> =>
  (...all) =>
    (logs.has(all[0]) ? counted : original)(...all);
files.openSync = (path, ...all) => {
  const fd = openSync(path, ...all);
  if (/-(intents|commits)$/.test(String(path))) logs.add(fd);
  else logs.delete(fd);
  return fd;
};
files.writeSync = onLogs(writeSync, (fd, record, from, length, position) => {
  pass('before append of the intent');
  // Killed here, half of the record is in the file.
  if (isFatal('within append of the intent')) writeSync(fd, record, from, (length as number) >> 1, position);
  pass('within append of the intent');
  const written = writeSync(fd, record, from, length, position);
  pass('after append of the intent');
  return written;
});
files.ftruncateSync = onLogs(ftruncateSync, (...all) =>
  around('truncation of the intents', () => ftruncateSync(...all)),
);
syncBuiltinESMExports();

const { fetch } = globalThis;
globalThis.fetch = async (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  const sends = url.includes('ExecuteTransaction');
  if (sends) pass('before ExecuteTransaction');
  const response = await fetch(input, init);
  if (sends) pass('after ExecuteTransaction');
  return response;
};

const end = ServerResponse.prototype.end as Method<ServerResponse>;
const write = ServerResponse.prototype.write as Method<ServerResponse>;
ServerResponse.prototype.end = function (this: ServerResponse, ...all: readonly unknown[]) {
  return around('end of the answer', () => end.apply(this, [...all]));
} as never;
let pieces = 0;
ServerResponse.prototype.write = function (this: ServerResponse, ...all: readonly unknown[]) {
  // A stream has many pieces alike; the first few since points are counted stand for all.
  return fatal !== undefined && pieces++ < 3
    ? around('piece of the answer', () => write.apply(this, [...all]))
    : write.apply(this, [...all]);
} as never;

/** Passes points before a request to a node leaves, when its answer begins, and when it has been read. */
export const countSends =
  (send: Transport): Transport =>
  async (request) => {
    const name = `${request.method} ${request.path.replace(/[0-9a-f]{32}/, 'ID').replace(/\?.*/, '')}`;
    pass(`before ${name}`);
    const answer = await send(request);
    pass(`head of ${name}`);
    async function* body(): AsyncGenerator<Uint8Array> {
      yield* answer.body;
      pass(`body of ${name}`);
    }
    return {
      ...answer,
      body: body(),
      bytes: async () => {
        const bytes = await answer.bytes();
        pass(`body of ${name}`);
        return bytes;
      },
    };
  };
