#!/usr/bin/env node
import { processIo } from './kernel/io.ts';
import { runCli } from './kernel/run-cli.ts';

const argv = process.argv.slice(2);

/** A reader that went away (`atoma ... | head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.once('SIGINT', () => {
  process.stderr.write('\ninterrupted\n');
  process.exit(130);
});

process.exit(await runCli(argv, processIo(argv)));
