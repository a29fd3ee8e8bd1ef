#!/usr/bin/env node
import { join } from 'node:path';
import { exitCodes } from './kernel/exit-codes.ts';
import { dropSqliteWarning, nodeTooOld } from './kernel/needed-node.ts';
import { quickHelp } from './kernel/quick-help.ts';
import { limitYoungHeap, optimiseEarly, startsDaemon } from './kernel/young-heap.ts';

const argv = process.argv.slice(2);

/** A reader that went away (`atoma ... | head`) is no failure; output that is lost otherwise is. */
const watchOutput = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.done);
    process.stderr.write(
      `error The output could not be written: ${error.message}\n  What the command did stays done.\n`,
    );
    process.exit(exitCodes.failed);
  });
  process.stderr.on('error', () => {}); // there is nowhere left to say it
};

/** Waits until all output has been taken or refused. */
const flushOutput = (): Promise<unknown> => new Promise((done) => process.stdout.write('', done));

const run = async (): Promise<void> => {
  limitYoungHeap(argv);
  if (startsDaemon(argv)) optimiseEarly();
  dropSqliteWarning();
  // Compiled code is kept beside the bundle, where whoever could change it could change the program itself.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(join(import.meta.dirname, 'cache'));
  const { processIo, runCli, showInterrupted } = await import('./run.ts');
  process.once('SIGINT', () => process.exit(showInterrupted(argv, processIo(argv))));
  const code = await runCli(argv, processIo(argv));
  await flushOutput();
  process.exit(code);
};

const tooOld = nodeTooOld(process.versions.node);
if (tooOld !== undefined) {
  console.error(tooOld);
  process.exit(exitCodes.usage);
}
const page = quickHelp(import.meta.dirname, argv);
watchOutput();
if (page === undefined) await run();
else process.stdout.write(page);
