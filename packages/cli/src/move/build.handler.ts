import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { makeDirectory } from '@atoma/base';
import { groupPackages, unbase64 } from '@atoma/move-engine/unit-tests';
import type { Handler } from '../kernel/command.ts';
import { counted, rowLines } from '../kernel/lines.ts';
import type { buildFlags } from './flags.ts';
import { compiled } from './load.ts';

/** `atoma move build` */
export const build: Handler<typeof buildFlags> = async (run, flags) => {
  const { root, result } = await compiled(run, flags);
  const [pkg] = groupPackages(result.modules.map(unbase64));
  const modules = [...(pkg?.modules ?? [])].map(([name, bytes]) => ({
    name,
    bytecode: Buffer.from(bytes).toString('base64'),
    bytes,
  }));
  const directory = join(root.directory, 'build', root.name, 'bytecode_modules');
  makeDirectory(directory);
  const files = modules.map(({ name, bytes }) => {
    const file = join(directory, `${name}.mv`);
    writeFileSync(file, bytes);
    return file;
  });
  return {
    data: {
      name: root.name,
      modules: modules.map(({ name, bytecode }) => ({ name, bytecode })),
      dependencies: result.dependencies,
      digest: `0x${result.digest}`,
      files,
    },
    short: result.digest,
    lines: (paint) => [
      `${paint.green('done:')} ${root.name} compiled, ${counted(modules.length, 'module')}`,
      ...rowLines(paint, [
        ...files.map((file) => ['written', relative(run.io.cwd, file)] as const),
        ['links to', result.dependencies.map((id) => id.replace(/^0x0+(?=.)/, '0x')).join(', ')],
        ['digest', result.digest],
      ]),
    ],
  };
};
