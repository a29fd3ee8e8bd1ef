/** Who may write to a journal: one process at a time, for one wallet on one deployment. */
import { existsSync } from 'node:fs';
import { bootId, differsFromMark, type Hold, holdFile, type Mark, openMark, type Sqlite } from '@atoma/base';
import { buyerError } from '../buyer-errors.ts';
import { type FoundIntents, type IntentLog, openIntents, readIntents } from './intents.ts';
import { noteBehind, TRUSTED_STACKS } from './queries.ts';
import { settings } from './tables.ts';
import type { Claimed, JournalOwner, JournalRequest } from './types.ts';

/** The log of requests about to be sent, beside the journal. */
export const intentsOf = (path: string): string => `${path}-intents`;

/** Owner as the journal and its log name him. */
export const ownerText = ({ address, chainId, packageId }: JournalOwner): string =>
  `${address} on ${chainId} (${packageId})`;

const damage = (log: string, at: number): string =>
  `its log of requests, ${log}, is damaged at byte ${at}; with that file moved away it opens, and the requests from there on are not known to it`;

/** What holds a journal. */
export interface Ownership {
  /** Takes the journal, and what its log holds. Throws `BUYER_JOURNAL_FOREIGN`, `BUYER_JOURNAL_IN_USE`, `BUYER_JOURNAL`. */
  readonly claim: (owner: JournalOwner) => Claimed;
  /** The log, of the process that has claimed the journal; a journal in memory has none. */
  readonly log: () => IntentLog | undefined;
  /** Ends the use of the journal in order: the database has everything. */
  readonly end: () => void;
  readonly release: () => void;
}

/** What {@link openOwnership} works with. */
export interface OwnershipParameters {
  readonly sqlite: Sqlite;
  readonly durability: 'process' | 'power';
  /** Who claims it, for people. */
  readonly holder: string;
  /** Inserts a request that the log has and the database may have. */
  readonly insertMissing: (request: JournalRequest) => void;
}

/** The log and the mark beside a journal: what leaves the log is in the database, and counts from then on. */
const openBeside = (path: string, owner: string, count: () => bigint): { log: IntentLog; mark: Mark } => {
  const log = openIntents(intentsOf(path), owner);
  try {
    const mark = openMark(path, count());
    const empty = (): void => {
      mark.note(count());
      log.empty();
    };
    return { mark, log: { ...log, empty } };
  } catch (error) {
    log.close();
    throw error;
  }
};

/** Reads whose journal it is. */
export const openOwnership = ({ sqlite, durability, holder, insertMissing }: OwnershipParameters): Ownership => {
  const { path, inMemory, guarded } = sqlite;
  let hold: Hold | undefined;
  let beside: ReturnType<typeof openBeside> | undefined;
  const setting = (name: string): string | undefined =>
    guarded(() => sqlite.get(`${settings.select} WHERE name = ?`, name)?.value as string | undefined);
  const put = (name: string, value: string): void => void sqlite.run(settings.upsert, name, value);
  /** Requests are never deleted. */
  const count = (): bigint => (sqlite.get('SELECT max(rowid) AS last FROM request')?.last ?? 0n) as bigint;

  const takeHold = (): void => {
    if (inMemory || hold) return;
    hold = guarded(() => holdFile(path));
    if (!hold) throw buyerError('JOURNAL_IN_USE', { path, holder: setting('holder') ?? 'an unknown process' });
    put('holder', holder);
  };
  const isCut = (): boolean => durability === 'process' && ![undefined, '', bootId()].includes(setting('boot'));
  /** Why requests may be missing here; looked at before the log is taken over. */
  const lackOf = (found: FoundIntents, owner: string): string | undefined => {
    if (isCut()) return 'the machine was restarted while it was in use';
    if (setting('marked') !== '1') return undefined;
    // A log without a head was just begun anew; its requests are in the database.
    const isGone = !existsSync(intentsOf(path)) || (found.owner ?? owner) !== owner;
    return differsFromMark(path, count()) ?? (isGone ? 'its log of requests is missing' : undefined);
  };
  /** Takes over what the log says of requests that the database does not have; nobody else writes to either now. */
  const replay = (found: FoundIntents, owner: string): void => {
    if (found.owner !== undefined && found.owner !== owner) return;
    // Without a sync, a power cut may damage the log, and takes other writes too: they count as missing then.
    if (found.damagedAt !== undefined && !isCut())
      throw buyerError('JOURNAL', { path, why: damage(intentsOf(path), found.damagedAt) });
    for (const request of found.requests) insertMissing(request);
  };
  const takeOver = (owner: string): Claimed => {
    const found = readIntents(intentsOf(path));
    const why = lackOf(found, owner);
    replay(found, owner);
    if (why === undefined) return { kind: 'whole' };
    const trusted = sqlite.all(TRUSTED_STACKS).map(({ id }) => id as bigint);
    for (const [sql, ...values] of noteBehind(why)) sqlite.run(sql, ...values);
    return { kind: 'behind', why, stacks: trusted };
  };
  return {
    claim: (owner) =>
      guarded(() => {
        const wanted = ownerText(owner);
        const claimed = sqlite.transaction((): Claimed => {
          const known = setting('owner');
          if (known !== undefined && known !== wanted) throw buyerError('JOURNAL_FOREIGN', { path, known, wanted });
          takeHold();
          const first = !inMemory && !beside;
          const taken: Claimed = first ? takeOver(wanted) : { kind: 'whole' };
          put('owner', wanted);
          put('boot', bootId());
          // Whoever is killed before the mark fits again leaves a journal that none is asked of.
          if (taken.kind === 'behind') put('marked', '0');
          return taken;
        });
        if (inMemory || beside) return claimed;
        beside = openBeside(path, wanted, count);
        put('marked', '1');
        return claimed;
      }),
    log: () => beside?.log,
    end: () => {
      if (!beside) return;
      guarded(beside.log.empty);
      // Behind everything else in SQLite's own log: if this survives a power cut, all of it does.
      guarded(() => put('boot', ''));
    },
    release: () => {
      beside?.log.close();
      beside?.mark.close();
      beside = undefined;
      hold?.release();
      hold = undefined;
    },
  };
};
