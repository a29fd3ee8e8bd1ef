/** The story in a browser: a cheat that is convicted, receipts checked in the page, money to the unit, time that goes back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkPage, checkSizes, hasBrowser, openViewer, shown, type Viewer, withToken } from '../testing/browser.ts';
import { cleanMachine, devCli, execute, type Machine, stay } from '../testing/process.ts';
import { siteAt } from '../testing/site.ts';

interface Told {
  readonly pages_url: string;
  readonly key: string;
  readonly requests: { readonly stack_small_id: number };
  readonly cheat: { readonly stack_small_id: number; readonly node_small_id: number };
  readonly steps: readonly { readonly digest: string | null; readonly outcome: string }[];
}

if (hasBrowser()) {
  let machine: Machine;
  let told: Told;
  let end: () => Promise<void>;
  let viewer: Viewer;
  let ledger: string;
  let admin: string;
  let ids: { readonly dbId: string; readonly packageId: string };

  beforeAll(async () => {
    machine = cleanMachine();
    expect((await execute(machine, devCli, ['--version'])).code).toBe(0);
    const started = await stay(machine, 'demo --stay --json');
    end = started.end;
    told = started.facts as unknown as Told;
    const site = await siteAt(told.pages_url);
    ledger = site.ledger;
    admin = site.admin as string;
    ids = JSON.parse(site.deployment) as typeof ids;
    viewer = await openViewer();
  });
  afterAll(async () => {
    await viewer.close();
    await end();
  });
  const token = () => readFileSync(join(machine.atomaHome, 'demo-admin.token'), 'utf8').trim();
  const digestOf = (words: string): string =>
    told.steps.find(({ digest, outcome }) => digest !== null && outcome.includes(words))?.digest as string;

  test('the dispute is played again from its first step to the verdict, and its money adds up', async () => {
    const page = await viewer.open(1280, 900, true);
    const { stack_small_id: stack, node_small_id: node } = told.cheat;
    await shown(page, `${told.pages_url}#/stack/${stack}`, `Node ${node}: convicted.`);
    await page.getByText('In and out are the same, to the unit.').waitFor();
    await page.getByText('The challenger had come to the same.').waitFor();
    const draw = page.locator('.panel', { hasText: 'These offered the task just before the stack was bought' });
    await draw
      .locator('tr', { hasText: `node ${node}` })
      .getByText('drawn to serve')
      .waitFor();
    await expect.poll(() => draw.locator('tbody tr').count()).toBe(5);
    await expect.poll(() => draw.getByText('yes', { exact: true }).count()).toBe(5);
    await expect.poll(() => draw.getByText('500 TOMA').count()).toBeGreaterThan(2); // stakes of then, not of now
    await page.getByText('Attesters, jurors').waitFor(); // terms of a stack that is over
    await expect.poll(() => page.getByText('another result').count()).toBe(3);
    await page.getByRole('slider').fill('1');
    await page.getByText('No majority is revealed yet.').waitFor();
    await expect.poll(() => page.getByText('not cast').count()).toBe(3);
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByText(`Node ${node}: convicted.`).waitFor();
    await page.getByRole('link', { name: admin }).click(); // who repeated the work tells it behind its token
    await withToken(page, page.url(), token());
    const differs = page.locator('.panel', { hasText: 'What differs' });
    await differs.getByText('The answer that was sold').waitFor();
    for (const heading of ['The answer that was sold', 'The answer when it is repeated'])
      expect(await differs.locator('.side', { hasText: heading }).locator('p.said').innerText()).not.toBe('');
    await expect.poll(() => differs.locator('option').count()).toBe(4); // an attester and three jurors
    await differs.getByText(/on average/).waitFor();
    await checkPage(page, 'what differs', 1280);
    await page.context().close();
  });

  test('receipts of the honest stack lead to its root; a changed one does not pass', async () => {
    const { stack_small_id: stack } = told.requests;
    const page = await viewer.open(1280, 900);
    await withToken(page, `${admin}/#/gateway`, token());
    await page.getByText('Audit log').waitFor();
    await page.evaluate(`location.hash = '#/stack/${stack}'`);
    await page.getByRole('button', { name: 'Those of this gateway' }).click();
    await page.getByText('All 100 receipts are signed by the node and lead to the root it settled with.').waitFor();
    const headers = { authorization: `Bearer ${token()}` };
    const text = await (await fetch(`${admin}/v1/receipts?stack=${stack}`, { headers })).text();
    const lines = text.trim().split('\n');
    const [first] = lines as [string];
    const { receipt } = JSON.parse(first) as { receipt: string };
    const bytes = Buffer.from(receipt, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    const forged = [first.replace(receipt, bytes.toString('base64')), ...lines.slice(1)].join('\n');
    const give = (name: string, content: string) =>
      page.setInputFiles('input[type=file]', { name, mimeType: 'text/plain', buffer: Buffer.from(content) });
    await give('forged', forged);
    await page.getByText('of 100 receipts are not sound.').waitFor();
    await give('less', lines.slice(0, 40).join('\n'));
    await page.getByText('they are not all that was settled').waitFor();
    await give('none', '<img src=x onerror=document.title=1>');
    await page.getByText('line 1 is not JSON').waitFor();
    const { request_id: id } = JSON.parse(first) as { request_id: string };
    await page.evaluate(`location.hash = '#/find/${id}'`);
    await page.getByText('It is signed by').waitFor();
    expect((await fetch(`${admin}/v1/receipts`, { headers })).status).toBe(400);
    await page.context().close();
  });

  test('every TOMA is somewhere after every transaction, and the rows of the market agree', async () => {
    const page = await viewer.open(1280, 900);
    await shown(page, `${told.pages_url}#/money`, 'all places together are what was minted, to the unit');
    await page.getByText('The rows of the market say the same of now').waitFor();
    await page.getByRole('slider').fill('1');
    await page.getByText('Transaction 1 of').waitFor();
    await page.getByText('all places together are what was minted, to the unit').waitFor();
    await page.context().close();
  });

  test('a transaction tells its commands and changes, an object its versions, a package answers a dry run', async () => {
    const page = await viewer.open(1280, 900);
    await shown(page, `${told.pages_url}#/tx/${digestOf('claims its fee')}`, 'claim_funds');
    await page.getByText('succeeded').waitFor();
    await page.locator('tr', { hasText: '::node::NodeBadge' }).locator('details summary').click();
    await page.getByText('Only what differs').click();
    await page.locator('td details[open] table').first().waitFor();
    await shown(page, `${told.pages_url}#/object/${ids.dbId}`, 'next_stack');
    await page.getByRole('slider').fill('0');
    await page.getByText('Version 1 of').waitFor();
    await shown(page, `${told.pages_url}#/package/${ids.packageId}`, 'settlement');
    await page.getByText('db, ').first().click();
    await page.getByText('has_stack(').click();
    const form = page.locator('form:has(input[name=sender])');
    await form.locator('input[name="0"]').fill(ids.dbId);
    await form.locator('input[name="1"]').fill('99');
    await form.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('Returns bool: false').waitFor();
    await page.context().close();
  });

  test('each page, wide and narrow: no violation of accessibility, nothing wider than the window', async () => {
    const page = await viewer.open(1280, 900, true);
    for (const [address, text] of [
      [`${told.pages_url}#/stack/${told.cheat.stack_small_id}`, 'convicted.'],
      [`${told.pages_url}#/money`, 'to the unit'],
      [`${told.pages_url}#/lab`, 'Does lying pay?'],
      [`${told.pages_url}#/tx/${digestOf('buys stack 2')}`, 'acquire_new_stack_entry'],
      [`${told.pages_url}#/object/${ids.dbId}`, 'next_stack'],
      [`${told.pages_url}#/package/${ids.packageId}`, 'settlement'],
      [`${told.pages_url}#/find/demo`, 'atoma/demo-embed'],
      [`${ledger}/#/time`, 'An epoch lasts'],
    ] as const) {
      await shown(page, address, text);
      await checkSizes(page, address);
    }
    await page.context().close();
  });

  test('the lab: with nothing checked cheating pays; a scenario is played with who paid whom', async () => {
    const page = await viewer.open(1280, 900, true);
    await shown(page, `${told.pages_url}#/lab`, 'Honest work pays better.');
    await page.locator('input[name=sampling]').fill('0');
    await page.getByText('Cheating pays better.').waitFor();
    await page.selectOption('select[name=scenario]', 'other-model');
    const watch = page.locator('.panel', { hasText: 'Watch a scenario' });
    await watch.getByText('1 of 1 stacks').waitFor({ timeout: 60_000 });
    await watch.getByText(/node \d \(server\) to pool: 0.05 TOMA/).waitFor();
    await watch.locator('input[name=moment]').fill('1');
    await watch.getByText('Nobody has been paid yet.').waitFor();
    await watch.getByRole('button', { name: 'Play' }).click();
    await watch.getByText('-0.2 TOMA').waitFor();
    await checkPage(page, 'a scenario', 1280);
    const said = '<img src=x onerror=document.title=1>';
    const report = { name: said, stacks: 2, caught: 1, moments: [{ said, payments: [] }] };
    const file = { name: 'r.json', mimeType: 'text/plain', buffer: Buffer.from(JSON.stringify({ reports: [report] })) };
    await page.setInputFiles('main input[type=file]', file); // what the command printed of a scenario of one's own
    await watch.getByText('1 of 2 stacks').waitFor();
    await expect.poll(() => watch.getByText(said).count()).toBe(3); // its name, and twice what happened
    expect([await page.locator('img[src=x]').count(), await page.title()]).toEqual([0, 'Atoma']);
    await page.setInputFiles('main input[type=file]', { ...file, buffer: Buffer.from(said) });
    await watch.getByText('The file holds no report of the lab.').waitFor();
    expect((await fetch(new URL('/lab/no-such.json', told.pages_url))).status).toBe(404);
    await page.context().close();
  });

  test('the ledger’s time moves on, and goes back only after a second press', async () => {
    const page = await viewer.open(1280, 900);
    await shown(page, `${told.pages_url}#/time`, 'It is moved at the ledger’s own address');
    await shown(page, `${ledger}/#/time`, 'An epoch lasts');
    const epoch = async (): Promise<number> =>
      ((await (await fetch(`${ledger}/health`)).json()) as { readonly epoch: number }).epoch;
    const before = await epoch();
    await page.getByRole('button', { name: 'Take a snapshot' }).click();
    await page.getByRole('button', { name: /^Go back to/ }).waitFor();
    await page.getByRole('button', { name: 'End two epochs' }).click();
    await expect.poll(epoch).toBe(before + 2);
    await page.getByRole('button', { name: /^Go back to/ }).click();
    expect(await epoch()).toBe(before + 2);
    await page.getByRole('button', { name: 'Yes, go back' }).click();
    await expect.poll(epoch).toBe(before);
    await page.getByRole('button', { name: 'Execute the whole history again' }).click();
    await page.getByText('come out the same, to state').waitFor({ timeout: 120_000 });
    await page.context().close();
  });

  test('the browser had nothing to complain about', () => {
    expect(viewer.complaints).toEqual([]);
  });
}
