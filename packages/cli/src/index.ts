export { type ExitCode, exitCodes } from './kernel/errors.ts';
export { type Io, processIo } from './kernel/io.ts';
export { runCli } from './kernel/run-cli.ts';
