/** Everything but help: loaded when a command line asks for more. */
export { processIo } from './kernel/io.ts';
export { runCli, showInterrupted } from './kernel/run-cli.ts';
