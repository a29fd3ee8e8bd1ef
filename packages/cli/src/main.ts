#!/usr/bin/env node
import { quickHelp } from './kernel/quick-help.ts';

const argv = process.argv.slice(2);

/** A reader that went away (`atoma ... | head`) is no failure. */
const ignoreClosedPipe = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
};

const page = quickHelp(import.meta.dirname, argv);
ignoreClosedPipe();
if (page === undefined) {
  process.once('SIGINT', () => {
    process.stderr.write('\ninterrupted\n');
    process.exit(130);
  });
  const [{ processIo }, { runCli }] = await Promise.all([import('./kernel/io.ts'), import('./kernel/run-cli.ts')]);
  process.exit(await runCli(argv, processIo(argv)));
} else process.stdout.write(page);
