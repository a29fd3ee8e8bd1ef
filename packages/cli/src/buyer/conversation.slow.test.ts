/** A conversation with the built program: in a pipe, interrupted, and where standard input is non-blocking. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { bundle, cleanMachine, devCli, execute } from '../testing/process.ts';
import { buyerCommands } from './spec.ts';

const machine = cleanMachine();
const up = (...words: string[]) => execute(machine, devCli, words);
const chat = (input: string, ...words: string[]) =>
  execute(machine, process.execPath, [bundle, 'chat', '--network', 'up', ...words], input);

beforeAll(async () => {
  expect(await up('up', '--detach', '--port', '0')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await up('up', '--stop');
});

test('lines of a pipe are turns of one conversation, paid by the wallet of the market', async () => {
  const done = await chat(
    'What is a receipt?\n/cost\nAnd who pays?\n/receipts\n/model nothing/here\n/odd\n',
    '--max-tokens',
    '20',
  );
  expect([done.code, done.err]).toEqual([0, expect.not.stringContaining('taken from the faucet')]);
  expect(done.out.trim().split('\n').length).toBeGreaterThanOrEqual(2);
  expect(done.err).toMatch(/1 answer, [\d,]+ units, [\d.]+ TOMA/);
  expect(done.err.match(/ {2}stack \d+, node \d+, [\d,]+ units/g)?.length).toBe(2);
  expect(done.err).toMatch(/no node offers nothing\/here; on offer: \S+/);
  expect(done.err).toMatch(/there is no \/odd[\s\S]*Ctrl-D leaves/);
  expect(done.err).toMatch(/2 answers, [\d,]+ units/);
});

test('a wallet of one’s own pays where it is named, filled by the market', async () => {
  expect(await execute(machine, process.execPath, [bundle, 'wallet', 'new', 'mine'])).toMatchObject({ code: 0 });
  const done = await chat('What is a receipt?\n', '--max-tokens', '8', '--wallet', 'mine');
  expect([done.code, done.err]).toEqual([0, expect.stringContaining('100 TOMA taken from the faucet')]);
});

test('one question, as text and as JSON with its receipt; a vector too', async () => {
  const said = await chat('', 'What is a receipt?', '--max-tokens', '8');
  expect([said.code, said.err]).toEqual([0, expect.stringMatching(/units, [\d.]+ TOMA, node \d, stack \d+/)]);
  const told = JSON.parse((await chat('', 'What is a receipt?', '--max-tokens', '8', '--json')).out) as Record<
    string,
    unknown
  >;
  expect(schemaFaults(jsonSchemaOf(buyerCommands.chat.output as Shape), told)).toEqual([]);
  const vector = await execute(machine, process.execPath, [bundle, 'embed', 'a b', '--network', 'up', '--json']);
  expect(schemaFaults(jsonSchemaOf(buyerCommands.embed.output as Shape), JSON.parse(vector.out))).toEqual([]);
  const none = await chat('', 'hello', '--model', 'nobody/none');
  expect([none.code, none.err]).toEqual([1, expect.stringMatching(/No answer: .*nobody\/none/)]);
});

test('with --json each answer is one line', async () => {
  const done = await chat('one\ntwo\n', '--json', '--max-tokens', '8');
  const answers = done.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers.map(({ content, units }) => [typeof content, typeof units])).toEqual([
    ['string', 'string'],
    ['string', 'string'],
  ]);
});

test('without a line there is nothing to ask', async () => {
  expect(await chat('')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('PROMPT') });
});

test('an interrupt stops an answer, and the conversation goes on', async () => {
  const child = spawn(process.execPath, [bundle, 'chat', '--network', 'up'], {
    cwd: machine.home,
    env: { ...machine.env },
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = once(child, 'close');
  const said = Promise.race([once(child.stdout, 'data'), ended]);
  child.stdin.write(`${'tell me all of it '.repeat(40)}\n`);
  await said;
  child.kill('SIGINT');
  child.stdin.end('/cost\n');
  expect(await ended).toEqual([0, null]);
  expect(err).toMatch(/stopped; the question is not part|\d answers?, /);
  expect(err).not.toMatch(/at \S+ \(/);
});

test('standard input that another program made non-blocking is read to its end', async () => {
  // The pipe's reading end is opened by this process first, which makes it non-blocking for both.
  // A word comes once the program has looked in vain.
  const [sign, witness] = [join(machine.home, 'looked'), join(machine.home, 'witness.mjs')];
  writeFileSync(
    witness,
    `const { wait } = Atomics; const { writeFileSync } = await import('node:fs');
    Atomics.wait = (...all) => { writeFileSync(${JSON.stringify(sign)}, ''); return wait(...all); };`,
  );
  const looked = `for i in $(seq 600); do test -e '${sign}' && break; sleep 0.1; done`;
  const script = `{ ${looked}; echo 'What is a receipt?'; } | { python3 -c 'import fcntl,os; fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK)'; exec "${process.execPath}" --import "${witness}" "${bundle}" chat --network up --max-tokens 8 -; }`;
  const done = await execute(machine, '/bin/sh', ['-c', script]);
  expect([done.code, done.err]).toEqual([0, expect.not.stringContaining('EAGAIN')]);
  expect(done.out.length).toBeGreaterThan(1);
  expect(existsSync(sign)).toBe(true);
});

/** What a person does at a terminal: types when the program waits, interrupts an answer, leaves with Ctrl-D. */
const atTerminal = String.raw`
import os, pty, re, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvpe(sys.argv[1], sys.argv[1:], {**os.environ, 'TERM': 'xterm'})
seen, at = '', 0
def until(pattern):
    """Reads on until this was shown behind what was waited for before."""
    global seen, at
    while True:
        found = re.search(pattern, seen[at:])
        if found:
            at += found.end()
            return
        part = os.read(fd, 65536)
        if not part: raise SystemExit('ended before ' + pattern)
        seen += part.decode('utf8', 'replace')
def say(line): os.write(fd, line.encode() + b'\r')
try:
    until('> '); say('What is a receipt?'); until('receipt checked'); until('> ')
    say('/help'); until('Ctrl-D leaves'); until('> ')
    say('/model'); until('on offer: '); until('> ')
    say('/cost'); until('1 answer, '); until('> ')
    say('/receipts'); until('node .* units'); until('> ')
    os.write(fd, b'\x1b[A' * 5 + b'\r'); until('What is a receipt'); until('receipt checked'); until('> ')
    say('tell me all of it ' * 60); os.write(fd, b'\x03'); until('stopped; the question|receipt checked|Ctrl-D leaves'); until('> ')
    os.write(fd, b'\x03'); until('stopped; the question|Ctrl-D leaves'); until('> ')
    os.write(fd, b'\x04')
    try:
        while True:
            part = os.read(fd, 65536)
            if not part: break
            seen += part.decode('utf8', 'replace')
    except OSError: pass
finally:
    sys.stdout.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test('at a terminal: answers, commands, an earlier line again, Ctrl-C stops an answer, Ctrl-D leaves', async () => {
  const program = [process.execPath, bundle, 'chat', '--network', 'up', '--max-tokens', '60'];
  const done = await execute(machine, 'python3', ['-c', atTerminal, ...program]);
  expect([done.code, done.err]).toEqual([0, '']);
  expect(done.out).toMatch(/\d answers, [\d,]+ units, [\d.]+ TOMA\s*$/);
});

test('receipts are looked at also when the market has gone', async () => {
  expect(await up('up', '--stop')).toMatchObject({ code: 0 });
  const list = ['receipts', 'list', '--network', 'up', '--wallet', 'mine', '--json'];
  const done = await execute(machine, process.execPath, [bundle, ...list]);
  expect([done.code, done.err]).toEqual([
    0,
    expect.stringMatching(/No market is running; this is what was used last: /),
  ]);
  expect((JSON.parse(done.out) as { receipts: unknown[] }).receipts).toHaveLength(1);
  const other = await execute(machine, process.execPath, [bundle, 'receipts', 'list', '--network', 'up']);
  expect([other.code, other.err]).toEqual([1, expect.stringContaining('UP_NOT_RUNNING')]);
});
