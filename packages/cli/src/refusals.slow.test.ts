/** Bad input: each case ends in its documented exit code with a coded error, and changes nothing. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { json, run, runJson } from './testing/in-process.ts';
import { cleanMachine } from './testing/process.ts';

const machine = cleanMachine();
const bytes = `0x${'11'.repeat(32)}`;
const ids = { taskBadge: '', nodeBadge: '' };
const state = async () => (await runJson(machine, 'chain status')).checkpoint;

beforeAll(async () => {
  for (const line of [
    'toma faucet --amount 100TOMA',
    'db create-task-entry --role 0 --security-level 1 --minimum-reputation-score 50',
    'db register-node',
    'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 120 --max-num-compute-units 10000000',
    'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 120',
    'wallet new bob',
    'wallet faucet --wallet bob',
    'wallet new carl',
  ])
    expect(await run(machine, line)).toMatchObject({ code: 0 });
  const balance = (await runJson(machine, 'wallet balance')) as Record<string, { badge_id: string }[]>;
  ids.taskBadge = balance.task_badges?.[0]?.badge_id ?? '';
  ids.nodeBadge = balance.node_badges?.[0]?.badge_id ?? '';
});

const settle = (proof: string) =>
  `db try-settle-stack --stack-small-id 1 --num-claimed-compute-units 10 --committed-stack-proof ${proof} --stack-merkle-leaf ${bytes}`;

test.each<readonly [why: string, line: () => string, code: number, error: string]>([
  ['unknown role', () => 'db create-task-entry --role 9', 2, 'CLI_BAD_VALUE'],
  ['unknown level', () => 'db create-task-entry --role 0 --security-level 3', 2, 'CLI_BAD_VALUE'],
  ['reputation above 100', () => 'db create-task-entry --role 0 --minimum-reputation-score 101', 2, 'CLI_BAD_VALUE'],
  [
    'price of nothing',
    () => 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 10 --price 0',
    2,
    'CLI_BAD_VALUE',
  ],
  [
    'no units',
    () => 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 0 --price 120',
    2,
    'CLI_BAD_VALUE',
  ],
  [
    'price beyond 64 bits',
    () => 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1 --price 18446744073709551616',
    2,
    'CLI_BAD_VALUE',
  ],
  ['too few bytes', () => settle('0x1111'), 2, 'CLI_BAD_VALUE'],
  ['too many bytes', () => settle(`${bytes}11`), 2, 'CLI_BAD_VALUE'],
  ['no hex', () => settle(`0x${'zz'.repeat(32)}`), 2, 'CLI_BAD_VALUE'],
  ['a cursor of nowhere', () => 'events --after zzz', 2, 'CLI_BAD_VALUE'],
  ['a cursor of nowhere to follow', () => 'events --follow --after 0x12', 2, 'CLI_BAD_VALUE'],
  ['a port that is none', () => 'network add there --url http://127.0.0.1:99999', 2, 'CLI_BAD_VALUE'],
  ['a password in an address', () => 'network add there --url http://me:pw@127.0.0.1:9000', 2, 'CLI_BAD_VALUE'],
  ['a digest of letters base58 has not', () => `tx show ${'0'.repeat(44)}`, 2, 'CLI_BAD_VALUE'],
  ['a digest of too few bytes', () => `tx show ${'1'.repeat(31)}`, 2, 'CLI_BAD_VALUE'],
  ['a snapshot outside its directory', () => 'chain restore ../../etc/passwd', 2, 'CLI_BAD_VALUE'],
  ['31 numbers', () => settle(`[${Array(31).fill(7).join(',')}]`), 2, 'CLI_BAD_VALUE'],
  ['a number that is no byte', () => settle(`[${Array(31).fill(7).join(',')},256]`), 2, 'CLI_BAD_VALUE'],
  ['no such file', () => settle('@nothing-here'), 2, 'CLI_BAD_VALUE'],
  ['no flags', () => 'db try-settle-stack', 2, 'CLI_MISSING_VALUE'],
  ['unknown flag', () => 'db register-node --urll x', 2, 'CLI_USAGE'],
  ['flag without value', () => 'db register-node --url', 2, 'CLI_USAGE'],
  ['flag given twice', () => 'toma faucet --amount 1 --amount 2', 2, 'CLI_USAGE'],
  ['unknown command', () => 'db claim-fund', 2, 'CLI_UNKNOWN_COMMAND'],
  ['no amount', () => 'toma faucet --amount lots', 2, 'CLI_BAD_VALUE'],
  ['amount of another coin', () => 'toma faucet --amount 1SUI', 2, 'CLI_BAD_VALUE'],
  ['malformed object id', () => 'db deprecate-task --task-badge 0xnothex', 2, 'CLI_BAD_VALUE'],
  ['object that does not exist', () => 'db deprecate-task --task-badge 0x1234', 3, 'SDK_OBJECT_NOT_FOUND'],
  ['badge of another type', () => `db deprecate-task --task-badge ${ids.nodeBadge}`, 2, 'SDK_WRONG_BADGE'],
  [
    "someone else's badge",
    () => `db deprecate-task --task-badge ${ids.taskBadge} --wallet bob`,
    4,
    'SDK_FOREIGN_BADGE',
  ],
  ['no badge', () => 'db deprecate-task --task-small-id 1 --wallet bob', 4, 'SDK_NO_BADGE'],
  [
    'unknown task',
    () => 'db acquire-new-stack-entry --task-small-id 7 --num-compute-units 1000 --price 120',
    6,
    'ETaskNotFound',
  ],
  ['unknown stack', () => settle(bytes).replace('--stack-small-id 1', '--stack-small-id 99'), 6, 'EStackNotFound'],
  ['more units than bought', () => settle(bytes).replace('units 10', 'units 1000001'), 6, 'ETooManyUnitsClaimed'],
  [
    'price nobody offers',
    () => 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 100',
    6,
    'ENoNodesEligibleForTask',
  ],
  [
    'not enough TOMA',
    () => 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000000 --price 120',
    7,
    'SDK_INSUFFICIENT_TOMA',
  ],
  ['no TOMA at all', () => 'db register-node --wallet bob', 7, 'SDK_INSUFFICIENT_TOMA'],
  ['no SUI', () => 'toma faucet --amount 1 --wallet carl', 7, 'SDK_INSUFFICIENT_SUI'],
  [
    'above the cap',
    () => 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 120 --max-cost 0.1TOMA',
    8,
    'CLI_OVER_MAX_COST',
  ],
  ['beyond the faucet', () => 'toma faucet --amount 2000TOMA', 6, 'EFaucetLimitExceeded'],
  ['claim too early', () => `db claim-funds --settled-ticket-ids 1`, 6, 'ETicketNotFound'],
  ['no tickets named', () => 'db claim-funds --settled-ticket-ids ""', 2, 'CLI_BAD_VALUE'],
  ['no such wallet', () => 'db register-node --wallet nobody', 4, 'CLI_NO_WALLET'],
  ['no such network', () => 'task list --network nowhere', 3, 'CLI_UNKNOWN_NETWORK'],
  ['no such package', () => 'task list --package 0x77', 3, 'DEPLOYMENT_NOT_FOUND'],
  ['package that is none of ours', () => 'task list --package 0x2', 3, 'DEPLOYMENT_NOT_FOUND'],
  ['no such TOMA package', () => 'toma faucet --amount 1 --toma-package 0x77', 3, 'CLI_NOT_FOUND'],
  ['market of another version', () => 'task list --db 0x6', 1, 'SDK_DECODE'],
  ['older contract', () => 'task list --network testnet', 1, 'SDK_OLDER_GENERATION'],
  ['nobody listens', () => 'task list --network dead', 5, 'NETWORK_UNREACHABLE'],
  ['time on a public network', () => 'chain advance --network devnet', 2, 'CLI_NOT_ON_THIS_NETWORK'],
  ['unknown row', () => 'task show 9', 3, 'SDK_TASK_NOT_FOUND'],
  ['unknown transaction', () => 'tx show 11111111111111111111111111111111', 3, 'SDK_TRANSACTION_NOT_FOUND'],
  ['destruction without a terminal', () => 'chain reset', 8, 'CLI_NEEDS_YES'],
  ['key without a terminal', () => 'wallet export', 8, 'CLI_NEEDS_YES'],
  ['wallet made twice', () => 'wallet new bob', 1, 'CLI_WALLET_EXISTS'],
  ['wallet outside its directory', () => 'wallet new ../bob', 2, 'CLI_BAD_VALUE'],
  ['no such snapshot', () => 'chain restore never', 3, 'CLI_NOT_FOUND'],
  ['parameter out of bounds', () => 'db set-config --name attesters --value 9', 6, 'EAttesterCountOutOfRange'],
  ['parameter that is none', () => 'db set-config --name colour --value 9', 2, 'VALUE_CONFIG_NAME'],
])('%s', async (_why, line, code, error) => {
  await run(machine, 'network add dead --url http://127.0.0.1:9');
  const before = await state();
  const text = await run(machine, line());
  expect([text.code, text.out]).toEqual([code, '']);
  expect(text.err).toMatch(/^(making .*\n)?error \S/);
  const shown = await run(machine, `${line()} --json`);
  expect(shown.code).toBe(code);
  expect(json(shown)).toEqual({
    error: {
      code: error,
      message: expect.stringMatching(/\S/),
      hint: expect.stringMatching(/\S/),
      retryable: expect.any(Boolean),
      docs: `atoma docs ${error}`,
    },
  });
  expect(await state()).toBe(before);
});

test('sums are named when money is missing', async () => {
  const { error } = (await runJson(
    machine,
    'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000000 --price 120',
  )) as { error: { message: string } };
  expect(error.message).toMatch(/holds 89\.86 TOMA.*124\.8 TOMA.*34\.94 TOMA/);
});

test('a simulation tells the cost and changes nothing', async () => {
  const before = await state();
  const line = 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 120 --dry-run';
  expect(await runJson(machine, line)).toMatchObject({
    status: 'simulated',
    digest: null,
    paid: '140000000',
    cost: { toma: '-140000000', bond: '240000000' },
  });
  expect((await run(machine, line, { terminal: true })).err).not.toContain('error');
  expect(await state()).toBe(before);
});

test('the cost is shown on a terminal only', async () => {
  const line = 'db donate --amount 0.5TOMA';
  expect((await run(machine, line)).err).toBe('');
  expect((await run(machine, line, { terminal: true })).err).toContain('0.5 TOMA');
});

test('what leads on is named: from another version’s market, one that is not up, one whose nodes do not answer', async () => {
  await run(machine, 'network add dead --url http://127.0.0.1:9');
  for (const [line, hint] of [
    ['task list --db 0x6', /publish --another/],
    ['task list --network dead', /network use embedded/],
    ['chat hello --yes', /no task for any model at \/v1\/chat\/completions whose nodes answer/],
  ] as const)
    expect((await run(machine, line)).err).toMatch(hint);
});

test.each([
  ['ledger', 'embedded/ledger/ledger.sqlite', 'this is no database, but long enough to be read as one'.repeat(200)],
  ['record', 'embedded/deployment.json', '{"network":'],
])('a damaged %s is named, and starting over is offered', async (_what, file, text) => {
  const one = cleanMachine();
  expect(await run(one, 'epoch')).toMatchObject({ code: 0 });
  writeFileSync(join(one.atomaHome, file), text);
  const { error } = (await runJson(one, 'epoch')) as { error: { message: string; hint: string } };
  expect(error.message).toContain(join(one.atomaHome, file).replace(/ledger\/ledger.sqlite$/, 'ledger'));
  expect(error.hint).toContain('chain reset');
  expect(readFileSync(join(one.atomaHome, file), 'utf8')).toBe(text);
  expect(await run(one, 'chain reset --yes')).toMatchObject({ code: 0 });
  expect(await run(one, 'epoch')).toMatchObject({ code: 0 });
});

test('a first run that was killed half way is made good', async () => {
  const one = cleanMachine();
  mkdirSync(join(one.atomaHome, 'embedded/ledger'), { recursive: true });
  writeFileSync(join(one.atomaHome, 'embedded/ledger/ledger.sqlite'), 'torn');
  expect(await run(one, 'toma faucet --amount 1')).toMatchObject({ code: 0 });
});
