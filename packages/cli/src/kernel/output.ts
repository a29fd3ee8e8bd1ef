import type { Json, Report } from './command.ts';
import type { Failure } from './failure.ts';
import type { Io } from './io.ts';
import { asTyped } from './program.ts';
import { type Shape, schemaId } from './schema.ts';

/** How results are written. */
export type OutputMode = 'human' | 'json' | 'quiet';

/** JSON with bigints as decimal text; two spaces on a terminal, one line in a pipe. */
export const toJson = (value: Json, indent = 0): string =>
  JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? String(field) : field), indent);

/** Writes what a command reports, once, in the mode asked for. */
export const writeReport = (
  io: Io,
  mode: OutputMode,
  shape: Shape | undefined,
  network: string,
  report: Report,
): void => {
  if (mode === 'json') {
    const schema = shape ? { schema: schemaId(shape) } : {};
    io.out(`${toJson({ ...schema, network, ...report.data }, io.outIsTerminal ? 2 : 0)}\n`);
    return;
  }
  if (mode === 'quiet') {
    if (report.short !== undefined && report.short !== '') io.out(`${report.short}\n`);
    return;
  }
  io.out(asTyped(io.env, `${report.lines(io.paint).join('\n')}\n`));
};

/** Writes a failure: JSON goes to standard output, text to standard error. */
export const writeFailure = (io: Io, mode: OutputMode, failure: Failure): void => {
  if (mode === 'json') {
    const { code, message, retryable, page } = failure;
    const hint = asTyped(io.env, failure.hint);
    const docs = page === '' ? {} : { docs: asTyped(io.env, `atoma docs ${page}`) };
    io.out(`${toJson({ error: { code, message, hint, retryable, ...docs } }, io.outIsTerminal ? 2 : 0)}\n`);
    return;
  }
  const { red, bold, dim } = io.paintErr;
  const hint = failure.hint === '' ? '' : `\n  ${failure.hint}`;
  const code = failure.message.startsWith(failure.code) ? '' : ` ${dim(`[${failure.code}]`)}`;
  const more = failure.page === '' ? '' : `\n  ${dim(`more: ${asTyped(io.env, `atoma docs ${failure.page}`)}`)}`;
  io.err(`${asTyped(io.env, `${red(bold('error'))} ${failure.message}${code}${hint}`)}${more}\n`);
};
