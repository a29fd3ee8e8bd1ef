/** The journal in a SQLite file. */
import { type AtomaError, openSqlite, type SqlFault, sqliteEngine } from '@atoma/base';
import { buyerError } from '../buyer-errors.ts';
import { readIntents } from './intents.ts';
import { intentsOf, openOwnership } from './ownership.ts';
import { showIntents } from './preview.ts';
import { createQueries } from './queries.ts';
import { journalSchema } from './tables.ts';
import type { Journal } from './types.ts';
import { createRequestWriter } from './writer.ts';

/** How to open a journal. */
export interface OpenJournalParameters {
  /** File, made with mode 0600 (its directory 0700), or `:memory:`. */
  readonly path: string;
  /**
   * `process` (default): what was written survives the end of the process; `power`: a power cut too, at the price of a disk
   * sync for each request.
   */
  readonly durability?: 'process' | 'power';
  /** Who claims it, for people who find it in use. Default: the number of this process. */
  readonly holder?: string;
  /**
   * Only look; nothing can be written and nobody is kept out. Requests that were under way when the journal was opened are seen
   * even if the process that sent them died before the database had them.
   */
  readonly readOnly?: boolean;
}

/** The error of a journal whose database refused something. */
export const journalFault =
  (path: string) =>
  (fault: SqlFault): AtomaError => {
    if (fault.kind === 'failed') return buyerError('JOURNAL', { path, why: fault.why }, fault.cause);
    const { found, known } = fault;
    if (fault.kind === 'newer') return buyerError('JOURNAL_NEWER', { path, found, known });
    return buyerError('JOURNAL', { path, why: `its schema ${found} is too old for this program, which has ${known}` });
  };

/** Opens or creates a journal. Throws `BUYER_JOURNAL`, `BUYER_JOURNAL_NEWER`. */
export const openJournal = async (parameters: OpenJournalParameters): Promise<Journal> => {
  const { path, readOnly = false, durability = 'process', holder = `process ${process.pid}` } = parameters;
  const sqlite = openSqlite({ path, readOnly, durability, schema: journalSchema, refuse: journalFault(path) });
  const writer = createRequestWriter({ sqlite, durability, log: () => ownership.log() });
  const ownership = openOwnership({ sqlite, durability, holder, insertMissing: writer.insertMissing });
  const queries = createQueries(sqliteEngine(sqlite), sqliteEngine(sqlite, writer.settle));
  if (readOnly) {
    const found = sqlite.guarded(() => readIntents(intentsOf(path)));
    if (found.owner !== undefined && found.owner === (await queries.getSetting('owner')))
      sqlite.guarded(() => showIntents(sqlite, found.requests));
  }
  return {
    ...queries,
    path,
    claim: async (owner) => {
      writer.settle();
      return ownership.claim(owner);
    },
    addRequest: writer.add,
    flushed: writer.flushed,
    finishRequest: async (requestId, end) => writer.finish(requestId, end),
    addForeignReceipt: writer.addForeign,
    neighbours: async (stack, index) => writer.near(stack, index) ?? queries.neighbours(stack, index),
    close: async () => {
      writer.stop();
      try {
        writer.settle();
        ownership.end();
      } finally {
        sqlite.close();
        ownership.release();
      }
    },
  };
};
