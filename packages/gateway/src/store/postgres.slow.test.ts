/** The contract of the gateway's storage over PostgreSQL. */
import { postgresSuite } from '../../../base/src/testing/postgres-suite.ts';
import { storageContract } from '../testing/storage-contract.ts';
import { openPostgresGatewayStore } from './postgres.ts';

postgresSuite((newPlace) =>
  storageContract('PostgreSQL', async () => {
    const connect = newPlace();
    return {
      open: async () => {
        const session = await connect();
        const store = await openPostgresGatewayStore(session, 'books');
        return { ...store, close: () => session.end() };
      },
    };
  }),
);
