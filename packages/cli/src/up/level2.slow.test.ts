/** A rehearsal of level 2 with the built program: labelled, killed and started anew, and without a trace of what was asked. */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { atoma, cleanMachine, devCli, execute, type Machine } from '../testing/process.ts';
import type { UpFacts } from './facts.ts';

const LABEL = 'rehearsal: no hardware protects this';
const MARK = 'marked-prompt-zq81-of-a-buyer';

beforeAll(async () => {
  const built = await execute(cleanMachine(), devCli, ['--version']); // builds the bundle when it is older than a source
  expect(built.code, built.err).toBe(0);
});

/** Whoever sets these wants to see what the process handles, at a crash or while it runs. */
const LOOKING = { NODE_OPTIONS: '--report-on-fatalerror --report-uncaught-exception --report-on-signal' };
const start = async (machine: Machine): Promise<UpFacts> => {
  const done = await atoma(machine, 'up --detach --port 0 --nodes 1 --level 2 --persist --json', LOOKING);
  expect(done.code, done.out + done.err).toBe(0);
  return JSON.parse(done.out) as UpFacts;
};
const ask = (up: UpFacts, more: object = {}): Promise<Response> =>
  fetch(`${up.base_url}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${up.key}`,
      'content-type': 'application/json',
      'idempotency-key': JSON.stringify(more),
    },
    body: JSON.stringify({ model: up.models[0], max_tokens: 30, messages: [{ role: 'user', content: MARK }], ...more }),
  });
const contentOf = async (answer: Response): Promise<string> => {
  const body = (await answer.json()) as { choices: { message: { content: string } }[] };
  return body.choices[0]?.message.content ?? '';
};

const makeDirectoryIn = (parent: string, name: string): string => {
  mkdirSync(join(parent, name));
  return join(parent, name);
};
const filesOf = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
const forms = (text: string): readonly string[] => {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  );
  return [text, text.slice(0, 14), text.slice(-14), bytes.toString('hex'), ...base64];
};

/** Fails where a file that this machine has by now, temporary ones included, holds one of the texts in any form. */
const expectNoTrace = (machine: Machine, ...texts: readonly string[]): void => {
  const files = filesOf(machine.home);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const bytes = readFileSync(file);
    for (const form of texts.flatMap(forms)) expect(bytes.includes(form), `${form} in ${file}`).toBe(false);
  }
};
const readSome = async (answer: Response): Promise<void> => void (await answer.body?.getReader().read());

test('asked, killed, started anew, asked again: every output says what it is, and no file holds the prompt', async () => {
  const machine = cleanMachine();
  Object.assign(machine.env, { TMPDIR: makeDirectoryIn(machine.home, 'tmp') });
  const first = await start(machine);
  expect(first).toMatchObject({ level: 2, label: LABEL, rehearsal_root: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const answer = await ask(first);
  expect([answer.status, answer.headers.get('x-atoma-confidential')]).toEqual([200, LABEL]);
  const content = await contentOf(answer);
  const stream = await ask(first, { stream: true, max_tokens: 400 });
  await readSome(stream);
  process.kill(first.pid, 'SIGKILL'); // in the middle of an answer
  expectNoTrace(machine, MARK, content); // in logs of databases and of intents too, which a start takes in
  const up = await start(machine);
  try {
    expect(up).toMatchObject({ resumed: true, label: LABEL });
    // The same key gives the answer that was paid for, from the node's sealed bytes: nothing of it was kept in clear.
    const again = await ask(up);
    expect(again.status, await again.clone().text()).toBe(200);
    expect(await contentOf(again)).toBe(content);

    const shown = await atoma(machine, 'attest show 1 --network up --save evidence.bin --json');
    expect(shown.code, shown.err).toBe(0);
    const target = findTarget(root, ['attest', 'show']);
    if (target?.kind !== 'command' || !target.output) throw new TypeError('attest show has no schema');
    expect(schemaFaults(jsonSchemaOf(target.output), JSON.parse(shown.out))).toEqual([]);
    expect(JSON.parse(shown.out)).toMatchObject({
      kind: 'rehearsal',
      verdict: 'accepted',
      label: LABEL,
      committed: true,
    });
    const judged = await atoma(machine, 'attest verify evidence.bin');
    expect([judged.code, judged.out]).toEqual([1, expect.stringContaining('no hardware protects')]);

    const chat = await atoma(machine, `chat --level 2 --network up --json ${MARK}`);
    expect(chat.code, chat.err).toBe(0);
    expect(JSON.parse(chat.out)).toMatchObject({ confidential: LABEL });
    process.kill(up.pid, 'SIGUSR1'); // opens the inspector of a process that does not mind
    const money = await atoma(machine, 'money --network up --json');
    expect(JSON.parse(money.out)).toMatchObject({ missing: '0' });
  } finally {
    await atoma(machine, 'up --stop');
  }
  expectNoTrace(machine, MARK, content);
  expect(filesOf(machine.home).filter((file) => /^(report\.|core(\.|$))|heapsnapshot/.test(basename(file)))).toEqual(
    [],
  );
  expect(readFileSync(join(machine.atomaHome, 'up.log'), 'utf8')).not.toContain('Debugger listening');
});
