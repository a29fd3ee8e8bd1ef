/** The tarballs as their users meet them: installed into an empty project, run by the Node they name, bundled, checked. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../tools/pack/bundle.ts';
import { published } from '../tools/pack/entries.ts';

const root = resolve(import.meta.dirname, '..');
const release = join(root, 'tools/release');
const [home, tarballs, project, global] = ['home', 'tarballs', 'project', 'global'].map((name) =>
  mkdtempSync(join(tmpdir(), `atoma-${name}-`)),
) as [string, string, string, string];
const pinned = process.execPath;
const node20 = join(release, 'node_modules/node20/bin/node');
const node22 = join(release, 'node_modules/node22/bin/node');
const env = { PATH: `${dirname(pinned)}${delimiter}/usr/bin${delimiter}/bin`, HOME: home };
const run = promisify(execFile);

const npm = (cwd: string, ...words: string[]): string =>
  execFileSync('npm', [...words, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${dirname(pinned)}${delimiter}${process.env.PATH}` },
  });

/** Runs a module in the project and gives what it printed; a failure gives its standard error. */
const inProject = async (node: string, code: string): Promise<string> => {
  const done = await run(node, ['--input-type=module', '-e', code], { cwd: project, env }).catch((error) => error);
  return (done.stdout || done.stderr) as string;
};

const tarball = (name: string): string =>
  join(
    tarballs,
    readdirSync(tarballs).find((file) => file.startsWith(`${name}-0.`) || file.startsWith(`${name}-1.`)) ?? name,
  );

beforeAll(() => {
  if (!existsSync(node20)) npm(release, 'ci');
  execFileSync(pinned, [join(root, 'tools/pack/pack.ts'), tarballs], {
    cwd: root,
    env: { ...process.env, PATH: env.PATH },
  });
  writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
  npm(project, 'install', ...published.map(({ folder }) => tarball(`atoma-${folder}`)));
  npm(project, 'install', '--global', '--prefix', global, tarball('atoma'));
});

afterAll(() => {
  for (const directory of [home, tarballs, project, global]) rmSync(directory, { recursive: true, force: true });
});

const names = published.flatMap(({ folder, entries }) =>
  Object.keys(entries).map((path) => [join(`@atoma/${folder}`, path), folder, path] as const),
);

test.each(names)('%s is imported by the pinned Node and by Node 20', async (name) => {
  const code = `const all = await import('${name}'); console.log(Object.keys(all).length > 0)`;
  expect([await inProject(pinned, code), await inProject(node20, code)]).toEqual(['true\n', 'true\n']);
});

const ledger = `
import { openLedger, embeddedFetch, fundAddress, closeLedger } from '@atoma/localnet';
import { createAtoma, createClient, faucet, getBalances, publishAtoma } from '@atoma/sdk';
import { signerFromSecret, exportSecret } from '@atoma/sdk/wallet';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
const ledger = await openLedger({ seed: 'installed', clock: 'logical' });
const client = createClient({ network: 'embedded', fetch: embeddedFetch(ledger) });
const signer = await signerFromSecret(exportSecret(Ed25519Keypair.generate()));
fundAddress(ledger, signer.toSuiAddress().slice(2), 10_000_000_000n);
const { deployment } = await publishAtoma({ client, signer, network: 'embedded', enableFaucet: true });
const atoma = createAtoma({ client, deployment, signer });
await faucet(atoma, { amount: 5_000_000_000n });
console.log((await getBalances(atoma)).toma);
closeLedger(ledger);
`;

test('a market is published and used with what was installed', async () => {
  expect(await inProject(pinned, ledger)).toBe('5000000000n\n');
});

test('where a database is needed, an older Node is told so in a sentence', async () => {
  expect(await inProject(node20, ledger)).toMatch(/This needs Node 22\.13 or newer .*this is v20\./);
});

test('the commitment entry computes on Node 20 what the pinned Node computes', async () => {
  const code = `import { merkleRoot, leafHash } from '@atoma/sdk/commitment'; console.log(Buffer.from(merkleRoot([new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)])).toString('hex'))`;
  const here = await inProject(pinned, code);
  expect(here).toMatch(/^[0-9a-f]{64}\n$/);
  expect(await inProject(node20, code)).toBe(here);
});

const browserEntries = published.flatMap(({ folder, entries }) =>
  Object.entries(entries).flatMap(([path, { browser }]) => (browser ? [join(`@atoma/${folder}`, path)] : [])),
);

test.each(browserEntries)('%s is bundled for a browser by esbuild and by Rolldown', async (name) => {
  const entry = join(project, 'browser.js');
  writeFileSync(entry, `import * as all from '${name}'; globalThis.all = all;`);
  const made = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  expect(made.errors).toEqual([]);
  const other = await rolldown({ input: entry, platform: 'browser', onLog: () => {} });
  const { output } = await other.generate({ format: 'esm' });
  for (const text of [
    ...made.outputFiles.map((file) => file.text),
    ...output.map((part) => ('code' in part ? part.code : '')),
  ])
    expect(text).not.toMatch(/from\s*"node:|import\("node:|require\("node:/);
});

test('what browsers import runs where there is nothing of Node', async () => {
  const entry = join(project, 'page.js');
  writeFileSync(
    entry,
    `import { formatAmount, parseBytes32Sync, toHex0x, randomId } from '@atoma/sdk';
     import { merkleRoot } from '@atoma/sdk/commitment';
     const leaf = parseBytes32Sync('BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc');
     globalThis.shown = [formatAmount(1_500_000_000n), toHex0x(merkleRoot([leaf, leaf])), randomId().length].join(' ');`,
  );
  const made = await build({ entryPoints: [entry], bundle: true, format: 'iife', platform: 'browser', write: false });
  const page: Record<string, unknown> = {
    crypto,
    TextEncoder,
    TextDecoder,
    atob,
    btoa,
    URL,
    fetch,
    AbortController,
    console,
  };
  page.globalThis = page;
  runInNewContext(made.outputFiles[0]?.text ?? '', page);
  expect(page.shown).toMatch(/^1\.5 TOMA 0x[0-9a-f]{64} 16$/);
});

test.each(['nodenext', 'bundler'])('the declarations are whole for moduleResolution %s', async (moduleResolution) => {
  const code = names.map(([name], at) => `import * as m${at} from '${name}';\nconsole.log(m${at});`).join('\n');
  writeFileSync(
    join(project, 'uses.ts'),
    `${code}\nimport { formatAmount } from '@atoma/sdk';\nconst text: string = formatAmount(1n);\nconsole.log(text);\n`,
  );
  const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext';
  const words = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext,dom,dom.iterable',
    '--module',
    module,
  ];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const done = await run(
    join(root, 'node_modules/.bin/tsc'),
    [...words, '--moduleResolution', moduleResolution, ...types, 'uses.ts'],
    { cwd: project },
  ).catch((error) => error);
  const own = (done.stdout as string).split('\n').filter((line) => /@atoma|^uses/.test(line));
  expect(own).toEqual([]);
});

test('publint and attw find nothing', async () => {
  for (const { folder } of published) {
    const file = tarball(`atoma-${folder}`);
    const lint = await run(pinned, [join(release, 'node_modules/publint/src/cli.js'), file, '--strict'], {
      cwd: project,
    }).catch((error) => error);
    expect([folder, lint.stdout]).toEqual([folder, expect.stringContaining('All good!')]);
    const types = await run(
      pinned,
      [join(release, 'node_modules/@arethetypeswrong/cli/dist/index.js'), file, '--profile', 'esm-only', '--no-color'],
      { cwd: project },
    ).catch((error) => error);
    expect([folder, types.code ?? 0, types.stdout]).toEqual([folder, 0, expect.stringContaining('🟢')]);
  }
});

test.each(names)('%s stays within its budget', async (_name, folder, path) => {
  const one = published.find((each) => each.folder === folder)!;
  const { files } = await bundle(folder, { [path]: one.entries[path]!.source }, true);
  const kilobytes = files.reduce((sum, { contents }) => sum + contents.length, 0) / 1000;
  expect(kilobytes).toBeLessThanOrEqual(one.entries[path]!.budgetKb);
});

/** The installed command, by another Node where one is named. */
const command = (words: readonly string[], node = pinned) =>
  run(node, [join(global, 'lib/node_modules/atoma/dist/program/atoma.js'), ...words], { cwd: home, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );

test('the command works installed, without the checkout', async () => {
  const bin = await run(join(global, 'bin/atoma'), ['version', '--json'], { cwd: home, env });
  expect(JSON.parse(bin.stdout)).toMatchObject({
    schema: 'atoma/version/1',
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
  for (const words of [['toma', 'faucet', '--amount', '5TOMA'], ['wallet', 'balance'], ['status'], ['-v'], ['--help']])
    expect(await command(words)).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/warning|error/i) });
});

test('it works on the oldest Node it names, and tells an older one what is needed', async () => {
  const old = await command(['wallet', 'balance', '--json'], node22);
  expect([old.code, old.stderr, JSON.parse(old.stdout).toma]).toEqual([0, '', '5000000000']);
  expect(await command(['wallet', 'balance'], node20)).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^atoma needs Node 22\.13 or newer and this is 20\.[^\n]*\.\n$/),
  });
});

test('its code is below 3 MB; tables (tokenizers, bytecode) and pages are files of their own', () => {
  const program = join(global, 'lib/node_modules/atoma/dist/program');
  const files = (readdirSync(program, { recursive: true }) as string[]).filter(
    (name) => name.endsWith('.js') && !/^(cache|web|site)\//.test(name),
  );
  const size = (names: readonly string[]) => names.reduce((sum, name) => sum + statSync(join(program, name)).size, 0);
  const tables = files.filter((name) => /^chunks\/(o200k_base|cl100k_base|framework|packages)-/.test(name));
  expect(tables.length).toBe(4);
  expect(size(files.filter((name) => !tables.includes(name)))).toBeLessThan(3_000_000);
});

test('it serves the documentation it contains, without the checkout', async () => {
  const program = join(global, 'lib/node_modules/atoma/dist/program/atoma.js');
  const child = spawn(pinned, [program, 'docs', 'CLI_PORT_TAKEN', '--port', '0'], { cwd: home, env });
  try {
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /http:\S+/.exec(String(said))?.[0] ?? '';
    for (const [path, text] of [
      [url, 'CLI_PORT_TAKEN'],
      [new URL('/docs/guide.html', url).href, 'Money to try it with'],
      [new URL('/api/modules/_atoma_sdk.html', url).href, '@atoma/sdk'],
    ] as const)
      expect(await (await fetch(path)).text()).toContain(text);
  } finally {
    child.kill('SIGINT');
  }
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('what it leaves is listed and removed', async () => {
  const asked = await command(['uninstall']);
  expect(asked).toMatchObject({ code: 8, stderr: expect.stringMatching(/wallets: private keys[\s\S]*private key/) });
  expect(existsSync(join(home, '.atoma/wallets'))).toBe(true);
  mkdirSync(join(home, '.atoma/mine'));
  writeFileSync(join(home, '.atoma/mine/note'), 'not of the program');
  expect(await command(['uninstall', '--yes'])).toMatchObject({ code: 0 });
  expect(readdirSync(join(home, '.atoma'))).toEqual(['mine']);
  expect(readFileSync(join(home, '.atoma/mine/note'), 'utf8')).toBe('not of the program');
});
