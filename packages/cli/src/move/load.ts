/** A package as the commands on Move packages take it. */
import { resolve } from 'node:path';
import { type CompiledPackage, compilePackageAt, loadPackage, type RootPackage } from '@atoma/move-compiler';
import type { Handler, Run } from '../kernel/command.ts';
import type { buildFlags } from './flags.ts';

type Values = Parameters<Handler<typeof buildFlags>>[1];

/** Reads the package the flags name, with what it needs. */
export const loaded = (run: Run, { directory = '.', framework }: Values): RootPackage =>
  loadPackage(resolve(run.io.cwd, directory), {
    framework: framework === undefined ? undefined : resolve(run.io.cwd, framework),
  });

/** ms the compiler may take. */
export const timeLimit = ({ timeout = 240 }: Values): number => timeout * 1_000;

/** Compiles the package the flags name. */
export const compiled = async (
  run: Run,
  flags: Values,
): Promise<{ readonly root: RootPackage; readonly result: CompiledPackage }> => {
  const root = loaded(run, flags);
  return { root, result: await compilePackageAt(root, timeLimit(flags)) };
};
