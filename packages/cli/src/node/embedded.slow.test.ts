/** A node on a machine with nothing else: the ledger runs inside the daemon, every other command is a process beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { daemonHeapOption } from '../kernel/young-heap.ts';
import { atoma, bundle, cleanMachine, devCli, execute, words } from '../testing/process.ts';
import { siteAt } from '../testing/site.ts';
import { freePorts } from '../up/ports.ts';
import { nodeDaemonCommands } from './spec.ts';

const PATIENCE_MS = 180_000;
const soon = { timeout: 60_000, interval: 200 };
const machine = cleanMachine();
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

interface Staying {
  readonly child: ChildProcess;
  readonly facts: Record<string, string>;
  readonly ended: Promise<number | null>;
}

/** Starts `node run` and waits for its first line. */
const runNode = (): Promise<Staying> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [bundle, ...words('node run --json')], {
      cwd: machine.home,
      env: machine.env,
    });
    children.push(child);
    let err = '';
    child.stderr.on('data', (part: Buffer) => {
      err += part;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.stdout.once('data', (part: Buffer) => done({ child, facts: JSON.parse(String(part)), ended }));
    void ended.then((code) => fail(new Error(`node run ended with ${code}: ${err}`)));
  });

const json = async <Value = Record<string, unknown>>(line: string): Promise<Value> => {
  const finished = await atoma(machine, `${line} --json`);
  if (finished.code !== 0) throw new Error(`${line}: ${finished.out}${finished.err}`);
  return JSON.parse(finished.out) as Value;
};
const serverFile = join(machine.atomaHome, 'embedded', 'server.json');

interface Status {
  readonly readiness: { readonly ready: boolean };
  readonly totals: { readonly consumed: string; readonly outbox: { readonly confirmed: number } };
  readonly alarms: readonly unknown[];
  readonly earnings_by_day: readonly unknown[];
}
const status = () => json<Status>('node status');
const tickets = async () => (await json<{ tickets: { state: string }[] }>('ticket list')).tickets;

test(
  'embedded: serves what others buy beside it, settles when it is ended, claims when it is back',
  async () => {
    await execute(cleanMachine(), devCli, ['--version']);
    const [port, operatorPort] = await freePorts(2);
    expect(await json('node init --rehearsal')).toMatchObject({ kept: false });
    writeFileSync(
      join(machine.atomaHome, 'node/node.yaml'),
      `port: ${port}\noperator_port: ${operatorPort}\nurl: http://127.0.0.1:${port}\nallow_private_nodes: true\nclock_check: false\ndurability: process\npoll_ms: 100\nlog_level: silent\n`,
    );
    await json('toma faucet --amount 500TOMA');
    await json('db create-task-entry --role 0 --model-name atoma/demo-chat --security-level 0');
    const before = await atoma(machine, 'node doctor --json');
    expect([before.code, JSON.parse(before.out)]).toEqual([
      1,
      expect.objectContaining({
        checks: expect.arrayContaining([expect.objectContaining({ name: 'node', ok: false })]),
      }),
    ]);
    await json('db create-task-entry --role 0 --model-name atoma/demo-chat --security-level 1');
    await json('db create-task-entry --role 0 --model-name atoma/demo-chat@other/9 --security-level 1');
    await json('db register-node');
    await json(
      'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000',
    );

    await json('wallet new buyer');
    await json('wallet faucet --wallet buyer');
    await json('toma faucet --amount 500TOMA --wallet buyer');

    expect((await atoma(machine, 'node run --wallet buyer')).code).toBe(4);
    const first = await runNode();
    expect(first.facts).toMatchObject({ node: '1', url: `http://127.0.0.1:${port}` });
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${first.child.pid}/cmdline`, 'utf8')).toContain(daemonHeapOption);
    expect(JSON.parse(readFileSync(serverFile, 'utf8'))).toEqual({ pid: first.child.pid, url: first.facts.chain });
    const operator = `http://127.0.0.1:${operatorPort}`;
    const nodes = [{ node: '1', url: `http://127.0.0.1:${port}`, operator }];
    for (const url of [`http://127.0.0.1:${port}`, operator])
      expect(await siteAt(url)).toMatchObject({ home: 'node', ours: true, ledger: first.facts.chain, nodes });
    expect(await siteAt(first.facts.chain as string)).toMatchObject({ home: 'market', gateway: null });
    const { checks } = JSON.parse((await atoma(machine, 'node doctor --json')).out) as {
      checks: { name: string; ok: boolean; detail: string }[];
    };
    expect(checks.filter(({ ok }) => !ok)).toMatchObject([
      { name: 'task 3', detail: expect.stringContaining('other/9') },
    ]);
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'task 2', detail: expect.stringContaining('warning') }),
    );

    const chat = await atoma(machine, 'chat --wallet buyer --yes --max-tokens 30 --json "what is a receipt?"');
    if (chat.code !== 0) throw new Error(chat.out + chat.err);
    const { units } = JSON.parse(chat.out) as { units: string };
    const served = await status();
    expect(served.readiness.ready).toBe(true);
    expect(served.totals.consumed).toBe(units);
    expect(served.alarms).toEqual([]);
    const earned = String(BigInt(units) * 100n);
    expect(served.earnings_by_day).toEqual([{ day: expect.any(String), requests: 1, units, earned }]);
    expect(schemaFaults(jsonSchemaOf(nodeDaemonCommands.status.output as Shape), served)).toEqual([]);
    expect((await atoma(machine, 'node status')).out).toContain(`${units} units in 1 request`);

    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(existsSync(serverFile)).toBe(false);
    expect(await tickets()).toMatchObject([{ state: 'open' }]);

    await json('chain advance --epochs 2');
    const second = await runNode();
    await expect.poll(async () => (await tickets()).length, soon).toBe(0);
    await expect.poll(async () => (await status()).totals.outbox.confirmed, soon).toBe(2);

    // Killed without a word, it leaves nothing that keeps others out.
    second.child.kill('SIGKILL');
    await second.ended;
    expect(await json('stack list')).toMatchObject({ stacks: [] });

    // What keeps a daemon from starting is told by the exit code.
    appendFileSync(join(machine.atomaHome, 'node/node.yaml'), 'prot: 1\n');
    expect((await atoma(machine, 'node run')).code).toBe(2);
  },
  PATIENCE_MS,
);
