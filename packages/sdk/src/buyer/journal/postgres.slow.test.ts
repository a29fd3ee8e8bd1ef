/** The journal's contract over PostgreSQL. */

import { expect, test } from 'vitest';
import { postgresSuite } from '../../../../base/src/testing/postgres-suite.ts';
import { journalContract } from '../../testing/journal-contract.ts';
import { journalStack as stack } from '../../testing/journal-fixtures.ts';
import { openPostgresJournal } from './postgres.ts';

postgresSuite((newPlace) => {
  journalContract('PostgreSQL', async () => {
    const connect = newPlace();
    return {
      open: async () => {
        const session = await connect();
        const journal = await openPostgresJournal(session, 'journal');
        return { ...journal, close: () => session.end() };
      },
    };
  });

  test('PostgreSQL: tables that were put back from a dump are a copy', async () => {
    const connect = newPlace();
    const owner = { chainId: 'c', packageId: '0x2', address: '0x3' };
    const claim = async () => {
      const session = await connect();
      const journal = await openPostgresJournal(session, 'journal');
      const claimed = await journal.claim(owner);
      const complete = (await journal.listStacks()).map((each) => each.complete);
      return { session, journal, claimed, complete };
    };
    const first = await claim();
    await first.journal.putStack(stack(1n));
    await first.session.end();
    const second = await claim();
    expect([second.claimed, second.complete]).toEqual([{ kind: 'whole' }, [true]]);
    await second.session.query('ALTER TABLE request RENAME TO dump');
    await second.session.query('CREATE TABLE request (LIKE dump INCLUDING ALL)');
    await second.session.end();
    const third = await claim();
    expect(third.claimed).toMatchObject({ kind: 'behind', why: expect.stringMatching(/copy/), stacks: [1n] });
    expect(third.complete).toEqual([false]);
    await third.session.end();
    const fourth = await claim();
    expect([fourth.claimed, fourth.complete]).toEqual([{ kind: 'whole' }, [false]]);
    await fourth.session.end();
  });
});
