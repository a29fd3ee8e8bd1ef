/** The journal's contract over PostgreSQL. */
import { postgresSuite } from '../../../../base/src/testing/postgres-suite.ts';
import { journalContract } from '../../testing/journal-contract.ts';
import { openPostgresJournal } from './postgres.ts';

postgresSuite((newPlace) =>
  journalContract('PostgreSQL', async () => {
    const connect = newPlace();
    return {
      open: async () => {
        const session = await connect();
        const journal = await openPostgresJournal(session, 'journal');
        return { ...journal, close: () => session.end() };
      },
    };
  }),
);
