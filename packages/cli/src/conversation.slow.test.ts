/** A conversation with the built program: in a pipe, interrupted, and where standard input is non-blocking. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, cleanMachine, devCli, execute } from './testing/process.ts';

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

test('lines of a pipe are turns of one conversation, paid by a wallet that the market fills', async () => {
  const done = await chat(
    'What is a receipt?\n/cost\nAnd who pays?\n/receipts\n/model nothing/here\n/odd\n',
    '--max-tokens',
    '20',
  );
  expect([done.code, done.err]).toEqual([0, expect.stringContaining('100 TOMA taken from the faucet')]);
  expect(done.out.trim().split('\n').length).toBeGreaterThanOrEqual(2);
  expect(done.err).toMatch(/1 answer, [\d,]+ units, [\d.]+ TOMA/);
  expect(done.err.match(/ {2}stack \d+, node \d+, [\d,]+ units/g)?.length).toBe(2);
  expect(done.err).toMatch(/no node offers nothing\/here; on offer: \S+/);
  expect(done.err).toMatch(/there is no \/odd[\s\S]*Ctrl-D leaves/);
  expect(done.err).toMatch(/2 answers, [\d,]+ units/);
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
  const said = new Promise<void>((resolve) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => resolve());
  });
  child.stdin.write(`${'tell me all of it '.repeat(40)}\n`);
  await said;
  child.kill('SIGINT');
  child.stdin.end('/cost\n');
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
  expect(err).toMatch(/stopped; the question is not part|\d answers?, /);
  expect(err).not.toMatch(/at \S+ \(/);
});

test('standard input that another program made non-blocking is read to its end', async () => {
  // The pipe's reading end is opened by this process first, which makes it non-blocking for both.
  const script = `{ sleep 1; echo 'What is a receipt?'; } | { python3 -c 'import fcntl,os; fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK)'; exec "${process.execPath}" "${bundle}" chat --network up --max-tokens 8 -; }`;
  const done = await execute(machine, '/bin/sh', ['-c', script]);
  expect([done.code, done.err]).toEqual([0, expect.not.stringContaining('EAGAIN')]);
  expect(done.out.length).toBeGreaterThan(1);
});
