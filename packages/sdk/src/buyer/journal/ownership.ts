/** Who may write to a journal: one process at a time, for one wallet on one deployment. */
import { bootId, type Hold, holdFile, type Sqlite } from '@atoma/base';
import { buyerError } from '../buyer-errors.ts';
import { type IntentLog, openIntents, readIntents } from './intents.ts';
import { settings } from './tables.ts';
import type { JournalOwner, JournalRequest } from './types.ts';

/** The log of requests about to be sent, beside the journal. */
export const intentsOf = (path: string): string => `${path}-intents`;

/** Owner as the journal and its log name him. */
export const ownerText = ({ address, chainId, packageId }: JournalOwner): string =>
  `${address} on ${chainId} (${packageId})`;

const damage = (log: string, at: number): string =>
  `its log of requests, ${log}, is damaged at byte ${at}; with that file moved away it opens, and the requests from there on are not known to it`;

/** What holds a journal. */
export interface Ownership {
  /** The machine was restarted since the last write, and the last seconds may be lost. */
  readonly interrupted: boolean;
  /** Takes the journal, and what its log holds. Throws `BUYER_JOURNAL_FOREIGN`, `BUYER_JOURNAL_IN_USE`, `BUYER_JOURNAL`. */
  readonly claim: (owner: JournalOwner) => void;
  /** The log, of the process that has claimed the journal; a journal in memory has none. */
  readonly log: () => IntentLog | undefined;
  readonly release: () => void;
}

/** What {@link openOwnership} works with. */
export interface OwnershipParameters {
  readonly sqlite: Sqlite;
  readonly durability: 'process' | 'power';
  readonly readOnly: boolean;
  /** Who claims it, for people. */
  readonly holder: string;
  /** Inserts a request that the log has and the database may have. */
  readonly insertMissing: (request: JournalRequest) => void;
}

/** Reads whose journal it is. */
export const openOwnership = ({
  sqlite,
  durability,
  readOnly,
  holder,
  insertMissing,
}: OwnershipParameters): Ownership => {
  const { path, inMemory, guarded } = sqlite;
  let hold: Hold | undefined;
  let log: IntentLog | undefined;
  const setting = (name: string): string | undefined =>
    guarded(() => sqlite.get(`${settings.select} WHERE name = ?`, name)?.value as string | undefined);
  const put = (name: string, value: string): void => void sqlite.run(settings.upsert, name, value);
  const bootBefore = readOnly ? undefined : setting('boot');
  const interrupted = durability === 'process' && bootBefore !== undefined && bootBefore !== bootId();

  const takeHold = (): void => {
    if (inMemory || hold) return;
    hold = guarded(() => holdFile(path));
    if (!hold) throw buyerError('JOURNAL_IN_USE', { path, holder: setting('holder') ?? 'an unknown process' });
    put('holder', holder);
  };
  /** Takes over what the log says of requests that the database does not have; nobody else writes to either now. */
  const replay = (owner: string): void => {
    const found = readIntents(intentsOf(path));
    if (found.owner !== undefined && found.owner !== owner) return;
    // Without a sync, a power cut may damage the log, and takes other writes too: `interrupted` says so.
    if (found.damagedAt !== undefined && !interrupted)
      throw buyerError('JOURNAL', { path, why: damage(intentsOf(path), found.damagedAt) });
    for (const request of found.requests) insertMissing(request);
  };
  return {
    interrupted,
    claim: (owner) => {
      const wanted = ownerText(owner);
      guarded(() =>
        sqlite.transaction(() => {
          const known = setting('owner');
          if (known !== undefined && known !== wanted) throw buyerError('JOURNAL_FOREIGN', { path, known, wanted });
          takeHold();
          if (!inMemory && !log) replay(wanted);
          put('owner', wanted);
          put('boot', bootId());
        }),
      );
      if (!inMemory) log ??= guarded(() => openIntents(intentsOf(path), wanted));
    },
    log: () => log,
    release: () => {
      log?.close();
      log = undefined;
      hold?.release();
      hold = undefined;
    },
  };
};
