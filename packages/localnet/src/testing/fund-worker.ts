/** A process of its own for tests: funds an address `count` times, or until it is killed, and prints what it did. */
import { writeSync } from 'node:fs';
import { chainState, closeLedger, fundAddress, openLedger } from '../index.ts';

const [directory, mode, count] = process.argv.slice(2) as [string, string, string];
const ledger = await openLedger({ directory });
if (mode === 'chain') writeSync(1, `${chainState(ledger).chainId}\n`);
else
  for (let i = 1; mode === 'forever' || i <= Number(count); i++)
    writeSync(1, `${i} ${fundAddress(ledger, '0xf00d', 1n)}\n`);
closeLedger(ledger);
