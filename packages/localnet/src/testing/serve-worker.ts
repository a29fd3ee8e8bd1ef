/** A process of its own for tests: serves the ledger of a directory and prints its address. */
import { openLedger, serveLedger } from '../index.ts';

const ledger = await openLedger({ directory: process.argv[2] as string });
const { url } = await serveLedger(ledger, { port: 0 });
process.stdout.write(`${url}\n`);
