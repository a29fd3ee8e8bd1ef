/**
 * Blocks shaped as the public guide prints them, run by a real shell: a comment behind the backslash, a line break that was
 * lost, ids of the public testnet.
 */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cleanMachine, devCli, execute, type Finished, type Machine, words } from './testing/process.ts';

const oldPackage = '0xfa971724b5fb14c2ffc9a959b81cce4d85d457da27e29f793e12428ed71bb922';
const oldToma = '0xa1b2ce1a52abc52c5d21be9da0f752dbd587018bc666c5298f778f42de26df1d';
const done = expect.objectContaining({ code: 0 });

/** A machine whose home holds `./dev/cli`, as a checkout does. */
const checkoutMachine = (): Machine => {
  const machine = cleanMachine();
  mkdirSync(join(machine.home, 'dev'));
  symlinkSync(devCli, join(machine.home, 'dev/cli'));
  return machine;
};

const machine = checkoutMachine();
const paste = (block: string, shell = '/bin/sh'): Promise<Finished> => execute(machine, shell, ['-c', block]);
const type = (line: string): Promise<Finished> => execute(machine, devCli, words(line));
const tasks = async (): Promise<number> => JSON.parse((await type('task list --json')).out).tasks.length;

/** The line the message offers. */
const offered = (done: Finished): string => /^ {2} {0,2}(\.\/dev\/cli .*)$/m.exec(done.err)?.[1] ?? '';

beforeAll(async () => {
  expect(await type('toma faucet --amount 500TOMA')).toEqual(done);
  expect(await type('db create-task-entry --role 0 --security-level 1 --minimum-reputation-score 50')).toEqual(done);
});

const comment = '# what this number means';

test.each<readonly [block: string, shell: string, offer: string]>([
  [
    `./dev/cli db create-task-entry \\\n  --package "${oldPackage}" \\\n  --role 0 \\ ${comment}\n  --model-name "a/model" \\ # may be left out\n  --security-level 1 \\ # may be left out\n  --minimum-reputation-score 50 # may be left out`,
    '/bin/sh',
    `./dev/cli db create-task-entry --role 0 --model-name MODEL_NAME --security-level SECURITY_LEVEL --minimum-reputation-score MINIMUM_REPUTATION_SCORE`,
  ],
  [
    `./dev/cli db create-task-entry \\\n  --role 0 \\ ${comment}\n  --model-name "a/model" \\ # (optional)\n  --is-public true`,
    '/bin/bash',
    './dev/cli db create-task-entry --role 0 --model-name MODEL_NAME --security-level SECURITY_LEVEL --minimum-reputation-score MINIMUM_REPUTATION_SCORE',
  ],
  [
    `./dev/cli db subscribe-node-to-task \\\n  --task-small-id 1 \\ ${comment}\n  --price-per-compute-unit 100 \\ # the price\n  --max-num-compute-units 10000000 # the most`,
    '/bin/sh',
    './dev/cli db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit PRICE_PER_COMPUTE_UNIT --max-num-compute-units MAX_NUM_COMPUTE_UNITS',
  ],
  [
    `./dev/cli db acquire-new-stack-entry \\\n  --package "${oldPackage}" \\\n  --task-small-id 1 \\ # the task\n  --num-compute-units 1000000 # how many\n  --price 1000000 # the price`,
    '/bin/bash',
    './dev/cli db acquire-new-stack-entry --task-small-id 1 --num-compute-units NUM_COMPUTE_UNITS --price PRICE',
  ],
  [
    `./dev/cli db subscribe-node-to-task \\\n  --package "${oldPackage}" \\\n  --task-small-id 1 \\ # the task\n  --price-per-one-million-compute-units 1000000 \\ # the price\n`,
    '/bin/bash',
    './dev/cli db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit PRICE_PER_COMPUTE_UNIT --max-num-compute-units MAX_NUM_COMPUTE_UNITS',
  ],
  [
    `./dev/cli db claim-funds \\\n  --settled-ticket-ids 1,2,3,4 \\ # the stacks meant\n`,
    '/bin/sh',
    './dev/cli db claim-funds --settled-ticket-ids 1,2,3,4',
  ],
  [
    './dev/cli db unsubscribe-node-from-task \\ \n  --task-small-id 1 # the task',
    '/bin/sh',
    './dev/cli db unsubscribe-node-from-task --task-small-id TASK_SMALL_ID',
  ],
  [
    `./dev/cli db try-settle-stack \\\n  --stack-small-id 1 \\ # the node's stack\n  --num-claimed-compute-units 1000000 \\ # not more than it's been sold`,
    '/bin/sh',
    './dev/cli db try-settle-stack --stack-small-id 1 --num-claimed-compute-units NUM_CLAIMED_COMPUTE_UNITS --committed-stack-proof COMMITTED_STACK_PROOF --stack-merkle-leaf STACK_MERKLE_LEAF',
  ],
  [
    './dev/cli --network embedded db register-node \\\t# all else by default\n  --url https://node.example.org',
    '/bin/sh',
    './dev/cli db register-node --network embedded',
  ],
  [
    // A shell that knows no comments on a typed line passes the comment's words on.
    './dev/cli db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 \\# how many\n  --price 100',
    '/bin/sh',
    './dev/cli db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price PRICE',
  ],
  [
    './dev/cli db create-task-entry --role 0 \\ # text\n  --model-name "it is \'mine\'"',
    '/bin/sh',
    './dev/cli db create-task-entry --role 0 --model-name MODEL_NAME --security-level SECURITY_LEVEL --minimum-reputation-score MINIMUM_REPUTATION_SCORE',
  ],
])('a block that the shell cuts off is not run: %j', async (block, shell, offer) => {
  const before = await tasks();
  const shown = await paste(block, shell);
  expect(shown.out).toBe('');
  expect(shown.err).toMatch(
    /may be cut off, so nothing was run: .*shell passed .*took the next line for another command/,
  );
  expect(offered(shown)).toBe(offer);
  expect(await tasks()).toBe(before);
});

const bytes = (n: number) => `0x${String(n).repeat(64)}`;
/** The commands of the guide, as a line each. */
const guide = [
  `toma faucet --toma-package ${oldToma} --amount 100000000000`,
  `db create-task-entry --package ${oldPackage} --role 0 --model-name "meta-llama/Llama-3.1-8B-Instruct" --security-level 1 --minimum-reputation-score 50`,
  `db deprecate-task --package ${oldPackage} --task-badge ${bytes(1)}`,
  `db remove-deprecated-task --package ${oldPackage} --task-badge ${bytes(1)}`,
  `db register-node --package ${oldPackage}`,
  `db subscribe-node-to-task --package ${oldPackage} --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000`,
  `db unsubscribe-node-from-task --package ${oldPackage} --task-small-id 1`,
  `db acquire-new-stack-entry --package ${oldPackage} --task-small-id 1 --num-compute-units 1000000 --price 100`,
  `db try-settle-stack --package ${oldPackage} --stack-small-id 1 --num-claimed-compute-units 1000000 --committed-stack-proof ${bytes(2)} --stack-merkle-leaf ${bytes(3)}`,
  `db submit-stack-settlement-attestation --package ${oldPackage} --stack-small-id 1 --committed-stack-proof ${bytes(2)} --stack-merkle-leaf ${bytes(3)}`,
  `db start-attestation-dispute --package ${oldPackage} --stack-small-id 1 --attestation-commitment ${bytes(2)}`,
  `db claim-funds --package ${oldPackage} --settled-ticket-ids 1,2,3,4`,
];
/** A command line as flags with their values. */
const flagsOf = (line: string): ReadonlyMap<string, string> =>
  new Map([...line.matchAll(/--(\S+) ("[^"]*"|\S+)/g)].map(([, name = '', value = '']) => [name, value]));

test.each(guide)('wherever the shell cuts it off, the whole of `%s` is offered', async (line) => {
  const [path = '', ...flags] = line.split(/ (?=--)/);
  const [, ...wanted] = [...flagsOf(line)].map(([name, value]) => [name, value.replaceAll('"', '')]);
  for (let cut = 0; cut < flags.length; cut++) {
    // As printed: a flag a line, with a comment behind the backslash of one of them.
    const block = [path, ...flags].map((part, at) => (at === cut + 1 ? `${part} \\ ${comment}` : `${part} \\`));
    const shown = await paste(`./dev/cli ${block.join('\n  ')}\n`);
    const offer = offered(shown);
    expect(shown.out).toBe('');
    expect(offer).toMatch(new RegExp(`^./dev/cli ${path}( --[a-z-]+ [^ ]+)*$`));
    const filled = [...flagsOf(offer)].map(([name, value]) => [
      name,
      value === name.toUpperCase().replaceAll('-', '_') ? flagsOf(line).get(name)?.replaceAll('"', '') : value,
    ]);
    expect(filled).toEqual(wanted);
    expect(shown.err).toMatch(/is left out: it named the old (contract|TOMA coin) on the public testnet/);
  }
});

test('the offered line runs once its capitals are filled in', async () => {
  const line = offered(await paste('./dev/cli db register-node \\ # the stake\n  --url https://node.example.org'));
  expect(line).toBe('./dev/cli db register-node');
  expect(await paste(line)).toEqual(done);
  const subscribe = offered(await paste('./dev/cli db subscribe-node-to-task --task-small-id 1 \\ # the task\n'))
    .replace('PRICE_PER_COMPUTE_UNIT', '100')
    .replace('MAX_NUM_COMPUTE_UNITS', '10000000');
  expect(await paste(subscribe)).toEqual(done);
});

test('a comment without a backslash leaves no trace but missing flags; the whole command is offered', async () => {
  const shown = await paste(
    './dev/cli db acquire-new-stack-entry \\\n  --task-small-id 1 \\\n  --num-compute-units 1000 # how many\n  --price 100',
  );
  expect(shown.err).toContain(
    '`./dev/cli db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000 --price PRICE`',
  );
});

test('a prompt or name with a # in it is no comment', async () => {
  expect(await paste('./dev/cli db create-task-entry --role 0 --model-name " # of \'all\'"')).toEqual(done);
  expect(await paste('./dev/cli config set wallet "#1 wallet"')).toEqual(done);
  expect(await paste('./dev/cli config unset wallet')).toEqual(done);
});

test('words glued by a lost line break are understood, and that is said', async () => {
  const { TOMA_PACKAGE_ID: toma, ATOMA_PACKAGE_ID: market } = JSON.parse(
    (await type('print-env --json')).out,
  ).variables;
  const faucet = await paste(`./dev/cli toma faucet \\\n  --toma-package "${toma}"\\\n--amount 100 # as you like`);
  expect(faucet).toEqual(done);
  expect(faucet.err).toContain(`"${toma}--amount" was read as "${toma}" and "--amount"`);
  const task = await paste(
    `./dev/cli db create-task-entry\\\n--package=${market}\\\n--role 0\\\n--model-name "a/b"\\\n--security-level 0`,
  );
  expect(task).toEqual(done);
  expect(task.err.match(/was read as/g)?.length).toBe(3);
  const word = await paste('./dev/cli db create-task-entry --role 0 --model-name "what--role means"');
  expect([word.code, word.err]).toEqual([0, '']);
});

test.each([
  [`db register-node --package ${oldPackage}`, '--package'],
  [`toma faucet --toma-package "${oldToma}" --amount 100`, '--toma-package'],
  [`task list --db 0x7b8f40e38698deb650519a51f9c1a725bf8cfdc074d1552a4dc85976c2b414be`, '--db'],
])('ids of the public testnet are known elsewhere: %s', async (line, flag) => {
  const shown = await paste(`./dev/cli ${line}`);
  expect([shown.code, shown.out]).toEqual([3, '']);
  expect(shown.err).toMatch(/is the (database of the )?old .* on the public testnet; this command works on embedded/);
  expect(shown.err).toContain(`Leave ${flag} out`);
});

test.each([
  [
    'a last line that ends in a backslash',
    `./dev/cli db deprecate-task \\\n  --package "${oldPackage}" \\\n`,
    'Leave --package out',
  ],
  ['an id of the environment', `ATOMA_PACKAGE_ID=${oldPackage} ./dev/cli db register-node`, 'unset ATOMA_PACKAGE_ID'],
])('%s is understood', async (_, block, remedy) => {
  const shown = await paste(block, '/bin/bash');
  expect([shown.code, shown.err]).toEqual([3, expect.stringContaining(remedy)]);
});

test('on a network that knows only the old contract, what needs none works', async () => {
  const server = cleanMachine();
  const { spawn } = await import('node:child_process');
  const child = spawn(devCli, ['chain', 'start', '--port', '0', '--faucet-port', '0', '--json'], {
    env: { ...server.env },
    cwd: server.home,
  });
  try {
    const first = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\n')) resolve(text);
      });
    });
    const { url } = JSON.parse(first) as { url: string };
    expect(await type(`network add testnet --url ${url}`)).toEqual(done);
    expect(await type('wallet new tester')).toEqual(done);
    const on = (line: string) => type(`${line} --network testnet --wallet tester`);
    expect(await on('wallet faucet')).toEqual(done);
    const balance = await on('wallet balance --json');
    expect(JSON.parse(balance.out)).toMatchObject({ sui: expect.stringMatching(/^[1-9]/), toma: '0', task_badges: [] });
    expect((await on('wallet balance')).out).toContain('older');
    expect(await on('events')).toEqual(done);
    const faucet = await on(`toma faucet --toma-package ${oldToma} --amount 100`);
    expect(faucet.code).toBe(1);
    expect(faucet.err).toMatch(/older generation[\s\S]*dev\/cli publish --network/);
    expect((await on(`db register-node --package ${oldPackage}`)).err).toContain('older generation');
  } finally {
    child.kill('SIGINT');
  }
});
