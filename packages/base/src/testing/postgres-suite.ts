/** Suites that need a PostgreSQL server: run where it is installed, and say why not where it is not. */
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPostgres, type PostgresServer, startPostgres } from './postgres.ts';

/**
 * Runs `suite` against a server of its own; `newPlace()` gives a way to open sessions in a fresh schema. Without the program the reason is
 * printed and nothing counts as run; where CI is set that is a failure.
 */
export const postgresSuite = (suite: (newPlace: () => () => Promise<Client>) => void): void => {
  const found = findPostgres();
  if ('reason' in found) {
    test('PostgreSQL can be had', ({ skip }) => {
      console.log(`not run: ${found.reason}`);
      if (process.env.CI === undefined) skip(found.reason);
      expect.unreachable(found.reason);
    });
    return;
  }
  let server: PostgresServer;
  let places = 0;
  beforeAll(async () => {
    server = await startPostgres(found.programs);
  });
  afterAll(() => server?.stop());
  suite(() => {
    const schema = `place_${places++}`;
    return () => server.connect(schema);
  });
};
