/** Command line of the Move tools: `test [package] [--filter TEXT] [--timeout MS]` and `build`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isAtomaError } from '@atoma/base';
import { moveError } from './errors.ts';
import { type GeneratedFiles, generateFramework, generatePackages } from './generate.ts';
import { renderOmissions } from './omitted.ts';
import { packageExists, packages, repositoryRoot } from './packages.ts';
import { type TestPackageOptions, testPackage } from './test-runner.ts';

const runTests = async (name: string | undefined, options: TestPackageOptions): Promise<boolean> => {
  const names = name === undefined ? packages.filter(packageExists).map((entry) => entry.name) : [name];
  let passed = true;
  for (const each of names) {
    const report = await testPackage(each, options);
    process.stdout.write(`${each}\n${report.output}\n`);
    const filteredOut = options.filter !== undefined && name === undefined && report.tests.length === 0;
    passed &&= report.passed || filteredOut;
  }
  return passed;
};

const write = (files: GeneratedFiles): void => {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repositoryRoot, file)), { recursive: true });
    writeFileSync(join(repositoryRoot, file), text);
    process.stdout.write(`${file}: ${text.length} characters\n`);
  }
};

/** The framework is written first, so that it is there while a package above it does not compile. */
const build = async (): Promise<boolean> => {
  write({ 'move/framework/OMITTED.md': renderOmissions() });
  write(await generateFramework());
  write(await generatePackages());
  return true;
};

interface CommandLine {
  readonly command: string;
  readonly name: string | undefined;
  readonly options: TestPackageOptions;
}

const parseTimeout = (text: string): number => {
  const timeoutMs = Number(text);
  if (Number.isSafeInteger(timeoutMs) && timeoutMs > 0) return timeoutMs;
  throw moveError('USAGE', { reason: `--timeout ${text} is not a whole number of ms` });
};

const parseCommandLine = (): CommandLine => {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { filter: { type: 'string' }, timeout: { type: 'string' } },
    });
    const options = {
      ...(values.filter !== undefined && { filter: values.filter }),
      ...(values.timeout !== undefined && { timeoutMs: parseTimeout(values.timeout) }),
    };
    return { command: positionals[0] ?? '', name: positionals[1], options };
  } catch (error) {
    if (isAtomaError(error)) throw error;
    throw moveError('USAGE', { reason: (error as Error).message }, error);
  }
};

const main = (): Promise<boolean> => {
  const { command, name, options } = parseCommandLine();
  if (command === 'build') return build();
  if (command === 'test') return runTests(name, options);
  throw moveError('USAGE', { reason: command === '' ? 'no command' : `${command} is no command` });
};

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!isAtomaError(error)) throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = 1;
}
