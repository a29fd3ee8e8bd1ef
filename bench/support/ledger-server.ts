/** A process that serves a new ledger, nothing else: prints its address. Arguments: data directory. */
import { flushCompileCache } from 'node:module';
import { openLedger, serveLedger } from '../../packages/localnet/src/index.ts';

const ledger = await openLedger({ directory: process.argv[2] as string });
const { url } = await serveLedger(ledger, { port: 0, faucetAmount: 10n ** 15n });
process.stdout.write(`${url}\n`);
flushCompileCache(); // where NODE_COMPILE_CACHE names a directory
