/** A process that works on a ledger and kills itself with SIGKILL at the point it is told: `crash-child.ts <db> <point> <durability>`. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type SQLInputValue, StatementSync } from 'node:sqlite';
import type { Durability } from '@atoma/base';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { commitInput, requestInput, stackTerms } from './ledger-fixtures.ts';

const [path, point, durability] = process.argv.slice(2) as [string, string, Durability];
const die = (at: string): void => {
  if (at === point) process.kill(process.pid, 'SIGKILL');
};
const { writeSync, ftruncateSync } = fs;
const { run } = StatementSync.prototype;
let writes = 0;
Object.assign(fs, {
  writeSync: (fd: number, bytes: Uint8Array | string, offset: number, length: number, position: number) => {
    // The mark beside the database is a text.
    if (typeof bytes === 'string') {
      die('before-mark');
      writeSync(fd, bytes, offset);
      die('after-mark');
      return bytes.length;
    }
    const n = ++writes; // the first is the head of the log
    die(`before-write-${n}`);
    if (point === `half-write-${n}`) writeSync(fd, bytes, offset, length >> 1, position);
    die(`half-write-${n}`);
    writeSync(fd, bytes, offset, length, position);
    die(`after-write-${n}`);
    return length;
  },
  ftruncateSync: (fd: number, length: number) => {
    const emptied = length > 0 ? 'empty' : 'start';
    die(`before-${emptied}`);
    ftruncateSync(fd, length);
    die(`after-${emptied}`);
  },
});
syncBuiltinESMExports();
let commits = 0;
Object.assign(StatementSync.prototype, {
  run(this: StatementSync, ...values: [Record<string, SQLInputValue>, ...SQLInputValue[]]) {
    const n = this.sourceSQL === 'COMMIT' ? ++commits : 0;
    die(`before-rows-${n}`);
    const result = run.apply(this, values);
    die(`after-rows-${n}`);
    return result;
  },
});
const store = openSqliteStore({ path, durability });
const acknowledged = (line: string): void => console.log(line);

await store.putStack(stackTerms(7n), 0);
const key = { kind: 'claim', subject: '7' } as const;
for (const n of [1, 2, 3]) {
  die(`before-reserve-${n}`);
  // One body larger than the log may become: it is emptied once its rows are stored.
  await store.reserve({ ...requestInput(7n, n, n === 2 ? 'x'.repeat(2 ** 20) : undefined), bound: 50n });
  die(`after-reserve-${n}`);
  const input = commitInput(7n, n, BigInt(n));
  await store.commit({
    ...input,
    sign: (place) => {
      die(`inside-commit-${n}`);
      return input.sign(place);
    },
  });
  acknowledged(`commit ${n}`);
  die(`after-commit-${n}`);
}
await store.moveStack(7n, ['open'], 'draining');
die('after-draining');
await store.freeze(7n, 5, (row) => {
  die('inside-freeze');
  return String(row.consumed);
});
acknowledged('freeze');
die('after-freeze');
await store.applyEvents(
  [{ digest: 'e', eventIndex: 0, mutations: [{ kind: 'stackState', stack: 7n, state: 'settled' }] }],
  {
    cursor: 'c',
    checkpoint: 1n,
  },
);
die('after-events');
await store.putIntent(key.kind, key.subject, '{}', 6);
await store.moveOutbox(key, ['intent'], { state: 'built', digest: 'D', transaction: Uint8Array.of(1), updatedMs: 7 });
acknowledged('built');
die('after-built');
await store.moveOutbox(key, ['built'], { state: 'submitted', updatedMs: 8 });
die('after-submitted');
await store.close();
