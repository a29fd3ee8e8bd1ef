/** Every command is run once; what it prints with --json follows the schema `atoma schema` prints. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writes } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonSchema } from '../kernel/schema.ts';
import { jsonSchemaOf } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { allCommands, commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { run, type Surroundings } from '../testing/in-process.ts';
import { cleanMachine, words } from '../testing/process.ts';

// biome-ignore lint/suspicious/noExplicitAny: the outputs of seventy commands; their schemas are what is checked
type Data = Record<string, any>;

const machine = cleanMachine();
const operators = ['n1', 'n2', 'n3', 'n4', 'n5'] as const;
const walletOfNode = new Map<number, string>();
const seen = new Set<string>();
const faults: string[] = [];

/** Runs a command that must succeed, checks its output against its schema and returns it. */
const ok = async (line: string, around?: Surroundings): Promise<Data> => {
  const path = commandPathOf(root, words(line));
  const target = findTarget(root, path);
  const done = await run(machine, `${line} --json`, around);
  if (done.code !== 0) throw new TypeError(`${line}: ${done.out}`);
  const data = JSON.parse(done.out) as Data;
  if (target?.kind !== 'command' || !target.output) throw new TypeError(`${line} has no schema`);
  faults.push(...schemaFaults(jsonSchemaOf(target.output), data).map((fault) => `${path.join(' ')}: ${fault}`));
  seen.add(path.join(' '));
  return data;
};

const as = (node: unknown): string => `--wallet ${walletOfNode.get(node as number)}`;
const advance = (epochs: number) => ok(`chain advance --epochs ${epochs}`);

const historyFile = join(machine.home, 'history.json');
const proofOf = async (stack: unknown) => ok(`stack-proof compute --history ${historyFile} --stack ${stack}`);

const buy = (task = 1) =>
  ok(`db acquire-new-stack-entry --task-small-id ${task} --num-compute-units 1000000 --price 100 --allow-unchecked`);

const settle = async (stack: Data) => {
  const { stack_small_id: id, selected_node_small_id: node } = stack;
  const proof = await proofOf(id);
  const ticket = await ok(
    `db try-settle-stack --stack-small-id ${id} --num-claimed-compute-units 30 --committed-stack-proof ${proof.committedStackProof} --stack-merkle-leaf ${proof.leaves[0]} ${as(node)}`,
  );
  return { id, node, proof, ticket, attester: ticket.attesters[0] as number };
};

type Settled = Awaited<ReturnType<typeof settle>>;

const attest = ({ id, proof, attester }: Settled, leaf: unknown) =>
  ok(
    `db submit-stack-settlement-attestation --stack-small-id ${id} --committed-stack-proof ${proof.committedStackProof} --stack-merkle-leaf ${leaf} ${as(attester)}`,
  );

const kindsOf = ({ events }: Data): readonly string[] => events.map((event: { kind: string }) => event.kind);

const claim = ({ id, node }: Settled) => ok(`db claim-funds --settled-ticket-ids ${id} ${as(node)}`);

beforeAll(async () => {
  const hash = (n: number) => `0x${String(n).repeat(64)}`;
  const leaves = [1, 2, 3].map((n) => ({ request_hash: hash(n), content_hash: hash(n + 3), units: '10' }));
  writeFileSync(historyFile, JSON.stringify({ leaves }));
  await ok('toma faucet --amount 500TOMA');
  await ok('db create-task-entry --role 0 --model-name m --security-level 1 --minimum-reputation-score 50');
  for (const name of operators) {
    await ok(`wallet new ${name}`);
    await ok(`wallet faucet --wallet ${name} --amount 50SUI`);
    await ok(`toma faucet --amount 100TOMA --wallet ${name}`);
    const node = await ok(`db register-node --wallet ${name}`);
    walletOfNode.set(node.node_small_id, name);
    await ok(
      `db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 90 --max-num-compute-units 10000000 --wallet ${name}`,
    );
  }
});

/** Commands that ask nodes are held to their schemas where there are some: buyer.test.ts. */
const needNodes = /^(quote|buy|chat|embed|watch|pay|hand-off|take-over|receipts .*|gateway .*)$/;

/** Commands that need a process or files of their own; up/ (attest show, too), reconcile/, bench/, move/, node/, backup/, serving and attest.test.ts hold them to their schemas. */
const ownTests: ReadonlySet<string> = new Set([
  'up',
  'chain start',
  'mcp',
  'reconcile',
  'bench',
  'calibrate',
  'attest events',
  'attest policy',
  'attest show',
  'attest verify',
  ...['build', 'test', 'publish'].map((name) => `move ${name}`),
  ...['init', 'setup', 'doctor', 'run', 'status', 'settle', 'reopen', 'drain', 'duties', 'resync'].map(
    (name) => `node ${name}`,
  ),
  'backup',
  'restore',
  'docs', // needs the site: the tests of the packed command ask for it
]);

afterAll(() => {
  expect([...new Set(faults)]).toEqual([]);
  // Migrating needs an upgrade to other bytecode, evicting a node that lost its right: the contract's own tests do that.
  const all = allCommands(root).flatMap(([path, command]) => (command.output ? [path.join(' ')] : []));
  expect(all.filter((path) => !seen.has(path) && !needNodes.test(path) && !ownTests.has(path)).sort()).toEqual([
    'db evict-subscription',
    'db join-dispute',
    'db migrate',
  ]);
});

test('settings, networks and wallets', async () => {
  await ok('config list --show-origin');
  await ok('config set max-cost 400TOMA');
  expect(await ok('config get max-cost')).toMatchObject({ value: '400TOMA' });
  await ok('config unset max-cost');
  await ok('network add mine --url http://127.0.0.1:9000');
  expect((await ok('network list')).networks).toContainEqual(
    expect.objectContaining({ name: 'mine', url: 'http://127.0.0.1:9000' }),
  );
  await ok('network use embedded');
  const made = await ok('wallet new spare --scheme secp256k1');
  const { secret } = await ok('wallet export --wallet spare --yes');
  const copy = await ok('wallet import copy --secret -', { stdin: `${secret}\n` });
  expect(copy.address).toBe(made.address);
  expect((await ok('wallet list')).wallets).toHaveLength(8);
  await ok('wallet use spare');
  expect((await ok('wallet address')).address).toBe(made.address);
  await run(machine, 'config unset wallet');
  expect((await ok('wallet address')).name).toBe('local');
  await ok('wallet balance');
});

test('what a node can set', async () => {
  await ok('db update-node-url --url https://n1.example.org --wallet n1');
  await ok(
    'db update-node-subscription --task-small-id 1 --price-per-compute-unit 95 --max-num-compute-units 20000000 --wallet n1',
  );
  await ok('db top-up-collateral --amount 20TOMA --wallet n1');
  await ok('db request-withdrawal --amount 5TOMA --wallet n1'); // taken when the exit delay is over, in the last part
  await ok(
    `db set-node-key-commitment --key-hash 0x${'aa'.repeat(32)} --evidence-hash 0x${'bb'.repeat(32)} --wallet n1`,
  );
  const { node } = await ok('node show 1');
  expect(node).toMatchObject({ url: 'https://n1.example.org', stake: '30000000000', free_stake: '25000000000' });
});

test('bought, settled, claimed; bought and taken back; finalized by another', async () => {
  const settled = await settle(await buy());
  await ok(`stack show ${settled.id}`);
  await ok('stack list --mine');
  await ok('ticket list');
  expect(await ok(`ticket show ${settled.id}`)).toMatchObject({ ticket: { num_claimed_compute_units: '30' } });
  if (settled.ticket.required) await attest(settled, settled.proof.leaves[1]);
  await advance(2);
  expect(await claim(settled)).toMatchObject({ claims: [{ node_fee: '3000' }] });
  const stack = await buy();
  await ok(`db update-stack-owner --stack-small-id ${stack.stack_small_id}`);
  await ok(`db request-stack-refund --stack-small-id ${stack.stack_small_id}`);
  await advance(2);
  expect(await ok(`db reclaim-stack --stack-badge ${stack.stack_badge_id}`)).toMatchObject({ refund: stack.paid });
  await ok(`db discard-stack-badge --stack-small-id ${settled.id}`);
  const left = await buy();
  await advance(14);
  expect(await ok(`db finalize-stack --stack-small-id ${left.stack_small_id}`)).toMatchObject({ reclaimed: true });
});

test('a jury decides a dispute', async () => {
  const settled = await settle(await buy());
  const other = `0x${'77'.repeat(32)}`;
  const dispute = await ok(
    `db start-attestation-dispute --stack-small-id ${settled.id} --attestation-commitment ${other}`,
  );
  await ok('dispute list');
  await ok(`dispute show ${settled.id}`);
  const jurors = dispute.jurors as readonly number[];
  const vote = `--stack-small-id ${settled.id} --merkle-root ${other} --units 30 --salt 0x${'05'.repeat(32)}`;
  await advance(1);
  for (const juror of jurors) await ok(`db commit-dispute-vote ${vote} ${as(juror)}`);
  await advance(1); // the owner named no rows, and may yet
  for (const juror of jurors) await ok(`db reveal-dispute-vote ${vote} ${as(juror)}`);
  const resolved = await ok(`db resolve-dispute --stack-small-id ${settled.id}`);
  expect(resolved).toMatchObject({ outcome: 'convicted' });
  expect(Object.keys(resolved.amounts).filter((name) => name.endsWith('_id'))).toEqual([]); // ids are no money
  expect(await ok(`db withdraw-earnings ${as(jurors[0])}`)).toMatchObject({ node_small_id: jurors[0] });
});

test('the owner shows what it has in a dispute that somebody else started', async () => {
  const { id } = await settle(await buy());
  await ok('wallet new stranger');
  await ok('wallet faucet --wallet stranger');
  await ok('toma faucet --amount 1TOMA --wallet stranger');
  await ok(
    `db start-attestation-dispute --stack-small-id ${id} --attestation-commitment 0x${'77'.repeat(32)} --wallet stranger`,
  );
  expect((await ok(`dispute show ${id}`)).dispute).toMatchObject({ waits: true, evidence: null });
  const shown = await ok(`db show-dispute-evidence --stack-small-id ${id} --rows 0,1 --named-units 10`);
  expect(shown.bond).toMatch(/^[1-9]/);
  expect((await ok(`dispute show ${id}`)).dispute).toMatchObject({
    ...{ waits: false, evidence: { rows: ['0', '1'], named_units: '10', bond: shown.bond } },
  });
  const again = await run(machine, `db show-dispute-evidence --stack-small-id ${id} --rows 0 --named-units 10 --json`);
  expect([again.code, again.out]).toEqual([expect.any(Number), expect.stringContaining('ENotToShow')]);
  expect(again.code).toBeGreaterThan(0);
  await advance(4);
  const { jurors } = await ok(`db seat-second-jury --stack-small-id ${id}`);
  if ((jurors as readonly number[]).length > 0) await advance(4);
  const { amounts } = await ok(`db resolve-dispute --stack-small-id ${id}`);
  expect(amounts).toMatchObject({ owner_bond_returned: shown.bond });
});

test('a jury that stays away is followed by another, where there are nodes for one', async () => {
  const { id } = await settle(await buy());
  await ok(`db start-attestation-dispute --stack-small-id ${id} --attestation-commitment 0x${'77'.repeat(32)}`);
  await advance(4);
  const { jurors } = await ok(`db seat-second-jury --stack-small-id ${id}`);
  if ((jurors as readonly number[]).length > 0) await advance(4);
  expect(await ok(`db resolve-dispute --stack-small-id ${id}`)).toMatchObject({ outcome: 'noMajority' });
});

test('without a jury the manager rules', async () => {
  await ok('db create-task-entry --role 1');
  await ok(
    'db subscribe-node-to-task --task-small-id 2 --price-per-compute-unit 90 --max-num-compute-units 10000000 --wallet n1',
  );
  const settled = await settle(await buy(2));
  const dispute = await ok(
    `db start-attestation-dispute --stack-small-id ${settled.id} --attestation-commitment 0x${'77'.repeat(32)}`,
  );
  expect(dispute.jurors).toEqual([]);
  expect(await ok(`db rule-dispute --stack-small-id ${settled.id} --outcome acquitted`)).toMatchObject({
    outcome: 'acquitted',
  });
});

test('attesters that must attest: clean, silent, at odds', async () => {
  expect(await ok('db set-config --name attestation-probability --value 1000000000000')).toMatchObject({
    old: '1500',
    new: '1000000000000',
  });
  const clean = await settle(await buy());
  expect(await attest(clean, clean.proof.leaves[1])).toMatchObject({ outcome: 'clean' });
  // Of two nodes nobody can take the place of a silent attester, and no jury can sit: the commitment is opened.
  const { task_small_id: two } = await ok('db create-task-entry --role 0 --model-name two --security-level 1');
  for (const node of [1, 2])
    await ok(
      `db subscribe-node-to-task --task-small-id ${two} --price-per-compute-unit 90 --max-num-compute-units 10000000 ${as(node)}`,
    );
  const silent = await settle(await buy(two));
  const odd = await settle(await buy(two));
  await advance(2);
  await claim(clean);
  for (const { id } of [silent, odd])
    expect(await ok(`db redraw-attesters --stack-small-id ${id}`)).toMatchObject({ jurors: [], open_required: true });
  const { merkleRoot } = odd.proof;
  expect(
    await ok(`db open-stack-commitment --stack-small-id ${odd.id} --merkle-root ${merkleRoot} --units 30`),
  ).toMatchObject({ valid: true });
  await advance(2);
  expect(await ok(`db expire-settlement --stack-small-id ${silent.id}`)).toMatchObject({ stack_small_id: silent.id });
  await claim(odd);
});

test('what a manager can set', async () => {
  await ok('db set-registration-open --value false');
  await ok('db set-registration-open --value true');
  await ok('db create-manager-badge');
  await ok('db revoke-manager-badges');
  await ok('db donate --amount 1TOMA');
  await ok('toma disable-faucet');
  await ok('toma enable-faucet');
  const failed = await run(machine, 'db migrate --json');
  expect([failed.code, JSON.parse(failed.out).error.code]).toEqual([6, 'EAlreadyMigrated']);
});

test('reading', async () => {
  await ok('task list --mine');
  expect((await ok('task show 1')).offers).toHaveLength(5);
  expect((await ok('node list')).nodes).toHaveLength(5);
  await ok('economics --task-small-id 1 --num-compute-units 1000000 --price 100 --other-nodes 4 --colluding-nodes 1');
  const page = await ok('events --limit 60');
  expect(page.events).toHaveLength(60);
  const first = await ok('events --oldest --limit 1');
  const second = await ok(`events --limit 1 --after ${first.cursor}`);
  expect([...kindsOf(first), ...kindsOf(second)]).toEqual(kindsOf(await ok('events --oldest --limit 2')));
  expect(kindsOf(await ok('events --kind TaskRegistered'))).toEqual(Array(3).fill('TaskRegisteredEvent'));
  await ok(`tx show ${page.events[0]?.digest}`);
  await ok('object show 0x6');
  await ok('epoch');
  await ok('print-env');
  await ok('publish --verify');
  expect((await ok('schema db claim-funds')).schemas).toHaveLength(1);
});

test('a history is proven and checked', async () => {
  const proof = await proofOf(1);
  const proven = await run(machine, `stack-proof prove --history ${historyFile} --index 1 --json`);
  await ok(`stack-proof prove --history ${historyFile} --index 1`);
  const proofFile = join(machine.home, 'proof.json');
  writeFileSync(proofFile, proven.out);
  await ok(`stack-proof verify --proof ${proofFile} --merkle-root ${proof.merkleRoot}`);
  const against = `stack-proof verify --history ${historyFile} --stack 1 --committed-stack-proof`;
  await ok(`${against} ${proof.committedStackProof}`);
  const root = Buffer.from(proof.merkleRoot.slice(2), 'hex');
  const rootFile = join(machine.home, 'root.txt');
  writeFileSync(rootFile, `${proof.merkleRoot}\n`);
  const numbers = [...root].map(String);
  for (const form of [
    [proof.merkleRoot],
    [root.toString('base64')],
    [`[${numbers.join(',')}]`],
    `[${numbers.join(', ')}]`.split(' '),
    [numbers.join(',')],
    numbers,
    [`@${rootFile}`],
    ['@root.txt'],
    ['-'],
  ]) {
    const words = ['stack-proof', 'verify', '--history', historyFile, '--stack', '1', '--merkle-root', ...form];
    expect(await run(machine, words, { stdin: proof.merkleRoot })).toMatchObject({ code: 0 });
  }
  const repeated = numbers.flatMap((number) => ['--merkle-root', number]);
  expect(
    await run(machine, ['stack-proof', 'verify', ...repeated, '--history', historyFile, '--stack', '1']),
  ).toMatchObject({ code: 0 });
  for (const wrong of [
    `${against} 0x${'12'.repeat(32)}`,
    `stack-proof verify --proof ${proofFile} --merkle-root 0x${'12'.repeat(32)}`,
  ]) {
    const done = await run(machine, `${wrong} --json`);
    expect([done.code, JSON.parse(done.out).error.code]).toEqual([1, 'CLI_PROOF_MISMATCH']);
  }
});

test('leaving: unsubscribed, disabled, destroyed; the task goes last', async () => {
  await ok('db unsubscribe-node-from-task --task-small-id 1 --wallet n2');
  await ok('db withdraw-collateral --wallet n1');
  const { exit_epoch: exit } = await ok('db permanently-disable-node --wallet n5');
  const { epoch } = await ok('epoch');
  const [node] = [...walletOfNode].find(([, name]) => name === 'n5') ?? [];
  await advance(Number(exit) - Number(epoch));
  expect(await ok('db destroy-disabled-node --wallet n5')).toMatchObject({ node_small_id: node });
  await ok('db deprecate-task --task-small-id 2');
  await advance(2);
  await ok('db remove-deprecated-task --task-small-id 2');
});

test('where the money is after all of that, to the unit; and the exact commands that free it', async () => {
  const money = await ok('money');
  expect(money).toMatchObject({ missing: '0', supply: money.accounted });
  const commands = money.addresses.flatMap((one: Data) => one.lines.map((line: Data) => line.command));
  for (const command of commands.filter((one: string | null) => one !== null)) {
    const typed = words(command);
    const target = findTarget(root, commandPathOf(root, typed));
    expect(target?.kind, command).toBe('command');
    const flags = target?.kind === 'command' ? Object.keys(target.flags) : [];
    const given = typed.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
    const camel = given.map((word) => word.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
    expect(flags, command).toEqual(expect.arrayContaining(camel));
  }
  const [local] = (await ok('money --address local')).addresses;
  expect((await ok(`money --address ${local.address} --no-history`)).addresses[0]).toMatchObject({ toma: local.toma });
});

test('faults are listed and played', async () => {
  expect((await ok('lab list')).scenarios.length).toBeGreaterThan(12);
  const { reports } = await ok('lab run node-offline colluding --runs 3');
  expect(reports).toMatchObject([{ caught: 3, verdict: 'within' }, { stacks: 3 }]);
  expect((await ok('lab run double-claim')).reports[0]).toMatchObject({ caught_at_stack: 1 });
});

test('copies of the ledger', async () => {
  const { checkpoint } = await ok('chain snapshot before').then(() => ok('chain status'));
  const file = join(machine.home, 'ledger.atoma');
  await ok(`chain export ${file}`);
  await ok(`chain replay ${file}`);
  await advance(1);
  await ok('chain restore before');
  expect((await ok('chain status')).checkpoint).toBe(checkpoint);
  await ok('chain reset --yes');
  expect((await ok('chain status')).checkpoint).not.toBe(checkpoint);
  await ok(`chain import ${file} --yes`);
  expect((await ok('chain status')).checkpoint).toBe(checkpoint);
  writeFileSync(file, 'nothing of ours');
  const done = await run(machine, `chain import ${file} --yes --json`);
  expect([done.code, JSON.parse(done.out).error.code]).toEqual([1, 'CLI_BAD_ARCHIVE']);
  expect((await ok('chain status')).checkpoint).toBe(checkpoint);
});

test('published anew on the same ledger, the new market is the one used', async () => {
  const { package_id: id } = await ok('publish --another');
  expect(await ok('print-env')).toMatchObject({ variables: { ATOMA_PACKAGE_ID: id } });
  expect((await ok('task list')).tasks).toEqual([]);
});

test('the demo accounts for every TOMA', async () => {
  const told = await ok('demo');
  expect(told.accounted).toBe(told.supply);
  expect(told.holders.reduce((sum: bigint, one: { after: string }) => sum + BigInt(one.after), 0n)).toBe(
    BigInt(told.supply),
  );
});

test('what is installed and runs is told; uninstalled, nothing of it is left', async () => {
  const { schema: _, ...built } = await ok('version');
  expect(await ok('status')).toMatchObject({ ...built, running: [], network_url: null, home: machine.atomaHome });
  const { home, removed } = await ok('uninstall --yes');
  expect(home).toBe(machine.atomaHome);
  expect(removed.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['embedded', 'wallets']));
  expect(existsSync(home)).toBe(false);
});

test('every write of the SDK is a command', () => {
  const paths = allCommands(root).map(([path]) => path.join(' '));
  for (const { label } of Object.values(writes)) expect(paths).toContain(label);
});

test('every schema is a schema of its own name', () => {
  const names = allCommands(root).flatMap(([path, { output }]) => (output ? [[path.join('.'), output.name]] : []));
  for (const [path, name] of names) expect(name).toBe(path);
  const broken: JsonSchema = {
    type: 'object',
    properties: { a: { type: 'string', pattern: '^x$' } },
    required: ['a'],
    additionalProperties: false,
  };
  expect(schemaFaults(broken, { a: 'x' })).toEqual([]);
  for (const value of [{}, { a: 'y' }, { a: 1 }, { a: 'x', b: 1 }, [], null])
    expect(schemaFaults(broken, value)).not.toEqual([]);
});
