/** Writes the bindings: `node packages/sdk/src/codegen/main.ts`, after the Move packages were compiled. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateBindings, type PackagesFile } from './generate.ts';

const generated = join(import.meta.dirname, '../generated');
const file = JSON.parse(readFileSync(join(generated, 'packages.json'), 'utf8')) as PackagesFile;
rmSync(join(generated, 'bindings'), { recursive: true, force: true });
for (const [path, text] of Object.entries(generateBindings(file))) {
  const target = join(generated, 'bindings', path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
