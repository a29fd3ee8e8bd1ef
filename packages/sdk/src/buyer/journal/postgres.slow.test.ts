/** The journal's contract over PostgreSQL. */

import type { PostgresClient } from '@atoma/base';
import type { Client } from 'pg';
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

  /** Claims a journal over and over, in a session each; `before` runs in it first. */
  const openClaims = () => {
    const connect = newPlace();
    const owner = { chainId: 'c', packageId: '0x2', address: '0x3' };
    return async (before: (session: Client) => Promise<unknown> = async () => undefined) => {
      const session = await connect();
      try {
        const journal = await openPostgresJournal(session, 'journal');
        await before(session);
        const { kind } = await journal.claim(owner);
        return { kind, place: await journal.getSetting('place') };
      } finally {
        await session.end();
      }
    };
  };

  test('PostgreSQL: a server that keeps its place to itself is no other server, and is held to it when it tells again', async () => {
    const claim = openClaims();
    const allow = (session: Client, word: 'GRANT' | 'REVOKE') =>
      session.query(`${word} EXECUTE ON FUNCTION pg_control_system() ${word === 'GRANT' ? 'TO' : 'FROM'} PUBLIC`);
    const asPlain = (session: Client) => session.query('SET ROLE plain');
    const first = await claim(async (session) => {
      await session.query('CREATE ROLE plain');
      const { rows } = await session.query('SELECT current_schema() AS schema');
      await session.query(`GRANT ALL ON SCHEMA ${rows[0].schema} TO plain`);
      await session.query(`GRANT ALL ON ALL TABLES IN SCHEMA ${rows[0].schema} TO plain`);
    });
    expect(first).toEqual({ kind: 'whole', place: expect.stringMatching(/^\d+\/[0-9A-F]{8}\/\d+$/) });
    expect(await claim(asPlain)).toEqual(first);
    const hidden = async (session: Client) => {
      await allow(session, 'REVOKE');
      await asPlain(session);
    };
    expect(await claim(hidden)).toEqual(first);
    expect(await claim(asPlain)).toEqual(first);
    const moved = (first.place as string).replace(/\/[0-9A-F]{8}\//, '/000000FF/');
    const elsewhere = async (session: Client) => {
      await session.query(`UPDATE setting SET value = '${moved}' WHERE name = 'place'`);
      await asPlain(session);
    };
    expect(await claim(elsewhere)).toEqual({ kind: 'whole', place: moved });
    expect(await claim((session) => allow(session, 'GRANT'))).toEqual({ ...first, kind: 'behind' });
    expect(await claim()).toEqual(first);
  });

  test('PostgreSQL: a journal whose place cannot be read just now is not claimed, and is whole afterwards', async () => {
    const claim = openClaims();
    const first = await claim();
    const late = (session: Client) => {
      const query = session.query.bind(session) as PostgresClient['query'];
      const failing: PostgresClient['query'] = async (sql, values) => {
        if (sql.includes('pg_control_system'))
          throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
        return query(sql, values);
      };
      return Promise.resolve(Object.assign(session, { query: failing }));
    };
    await expect(claim(late)).rejects.toMatchObject({ code: 'BUYER_JOURNAL' });
    expect(await claim()).toEqual(first);
  });
});
