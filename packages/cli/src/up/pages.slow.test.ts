/** The pages of a market in a real browser, on a market started by the built program, with a cheat that is caught in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  checkPage,
  checkSizes,
  hasBrowser,
  openViewer,
  shown as shownAt,
  type Viewer,
  withToken,
} from '../testing/browser.ts';
import { serveDapp } from '../testing/dapp.ts';
import { atoma, cleanMachine, devCli, execute, type Machine, stay } from '../testing/process.ts';
import { siteAt } from '../testing/site.ts';
import type { UpFacts } from './facts.ts';

/** Texts that would run if they were ever shown as markup, or followed as an address. */
const hostile = [
  '<img src=x onerror=document.title=1>',
  '<script>document.title=1</script>',
  '"><svg onload=document.title=1>',
  '<iframe srcdoc="<script>parent.document.title=1</script>">',
  'javascript:document.title=1',
];

if (hasBrowser()) {
  let machine: Machine;
  let up: UpFacts;
  let viewer: Viewer;

  beforeAll(async () => {
    machine = cleanMachine();
    expect((await execute(machine, devCli, ['--version'])).code).toBe(0);
    const done = await atoma(machine, 'up --detach --cheat --port 0 --json --epoch-ms 5000 --seed pages');
    expect(done.code, done.out + done.err).toBe(0);
    up = JSON.parse(done.out) as UpFacts;
    for (const name of hostile) {
      const words = [
        'db',
        'create-task-entry',
        '--role',
        '0',
        '--model-name',
        name,
        '--security-level',
        '0',
        '--network',
        'up',
        '--wallet',
        'up-buyer',
        '--yes',
      ];
      expect(await execute(machine, devCli, words)).toMatchObject({ code: 0 });
    }
    viewer = await openViewer();
  });
  afterAll(async () => {
    await viewer.close();
    await atoma(machine, 'up --stop');
  });

  const open: Viewer['open'] = (...size) => viewer.open(...size);
  const shown = (page: Page, place: string, text: string) => shownAt(page, `${up.pages_url}${place}`, text);
  /** What the pages are told of where everything is. */
  const siteOf = async (url: string) =>
    (await (await fetch(new URL('/site.json', url))).json()) as {
      readonly home: string;
      readonly admin: string;
      readonly nodes: readonly { readonly node: string; readonly url: string; readonly operator: string }[];
    };
  const places: readonly (readonly [string, string])[] = [
    ['#/market', 'atoma/demo-chat'],
    ['#/activity', 'node 5 registered'],
    ['#/node/1', 'Open stacks'],
    ['#/task/1', 'Least reputation'],
    ['#/stack/1', 'What happened'],
    ['#/stacks', 'Open stacks'],
    ['#/play', 'The same from a program'],
  ];

  test('a question is answered in the playground, and the stack it bought has a page', async () => {
    const page = await open(1280, 900);
    await shown(page, '#/play', 'Playground');
    await page.fill('input[type=password]', up.key);
    await page.fill('main form.ask input', `What is a receipt? ${hostile[0]}`);
    await page.click('main form.ask button');
    await page.locator('main ol [role=status], main p.bad').first().waitFor({ timeout: 60_000 });
    await expect.poll(() => page.innerText('main')).toContain('signed for exactly this answer, checked in this page');
    await shown(page, '#/stack/1', 'Buyer’s money in it');
    await page.fill('input[type=search]', 'node 2');
    await page.press('input[type=search]', 'Enter');
    await page.getByText('Node 2').waitFor();
    await page.fill('input[type=search]', ' ');
    await page.press('input[type=search]', 'Enter');
    expect(await page.getAttribute('input[type=search]', 'aria-invalid')).toBe('true');
    await page.context().close();
  });

  test('what happens is filtered, paused and paged; the epoch tells how much of it is left', async () => {
    const page = await open(1280, 900);
    await shown(page, '#/activity', 'Activity');
    await page.getByLabel('Filter').fill('REGISTERED');
    await page.getByText('node 5 registered').waitFor();
    const rows = await page.locator('tbody tr').allInnerTexts();
    expect(rows.filter((row) => !row.includes('registered'))).toEqual([]);
    await page.getByLabel('Filter').fill('');
    await page.selectOption('select[name=kind]', 'TaskRegisteredEvent'); // by the ledger, not of what is shown alone
    await page.getByText('node 5 registered').waitFor({ state: 'detached' });
    await page.locator('tbody tr', { hasText: 'atoma/demo-embed' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await shown(page, '#/market', 'Units served and settled');
    await page.getByText(/^\d+, (\d.* left|over)/).waitFor();
    await page.context().close();
  });

  test('each page, wide and narrow: no violation of accessibility, nothing wider than the window', async () => {
    const page = await open(1280, 900, true);
    for (const [place, text] of places) {
      await shown(page, place, text);
      await checkSizes(page, place);
    }
    const { admin, nodes } = await siteOf(up.pages_url);
    const token = readFileSync(join(machine.home, '.atoma/up-admin.token'), 'utf8').trim();
    const { operator, url } = nodes[0] as { readonly operator: string; readonly url: string };
    await shownAt(page, `${url}/#/console`, 'Time to first token');
    await checkSizes(page, url);
    for (const [address, text] of [
      [`${admin}/#/gateway`, 'Audit log'],
      [`${operator}/#/console`, 'this wallet'],
    ] as const) {
      await withToken(page, address, token);
      await page.getByText(text).first().waitFor();
      await checkSizes(page, address);
    }
    await page.context().close();
  });

  test('a node’s root is its console: what everybody may see, and where its operator sees the rest', async () => {
    const { nodes } = await siteOf(up.pages_url);
    const node = nodes[0] as (typeof nodes)[number];
    expect((await siteOf(node.url)).home).toBe('node');
    const page = await open(1280, 900);
    await page.goto(node.url);
    for (const text of ['Ready for work.', 'Models and engines', 'Time to first token', 'Bonds at risk', 'Duties'])
      await page.getByText(text).first().waitFor();
    await page.getByRole('link', { name: node.operator }).click();
    await page.fill('main input[type=password]', 'guessed');
    await page.press('main input[type=password]', 'Enter');
    await page.getByText('token_invalid').waitFor();
    viewer.complaints.splice(0); // the browser notes the refusal that was wanted
    await page.fill(
      'main input[type=password]',
      readFileSync(join(machine.home, '.atoma/up-admin.token'), 'utf8').trim(),
    );
    await page.press('main input[type=password]', 'Enter');
    // A busy machine is late within epochs of five seconds; the first node may be the cheat.
    const alarms = /No alarm since it was started|duty (late|missed)|transaction failed|own stack disputed/;
    await expect.poll(() => page.innerText('main')).toMatch(alarms);
    await page.getByText('signed by this wallet').waitFor();
    await page.context().close();
  });

  test('the gateway’s console makes a key that works, revokes it, and compares the books', async () => {
    const { admin } = await siteOf(up.pages_url);
    const token = readFileSync(join(machine.home, '.atoma/up-admin.token'), 'utf8').trim();
    const page = await open(1280, 900);
    await withToken(page, `${admin}/`, token);
    await page.getByText('New key').click();
    await page.fill('input[name=tenant]', 'a team');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('letters, digits, dots').waitFor();
    viewer.complaints.splice(0); // the browser notes the refusal that was wanted
    await page.fill('input[name=tenant]', 'team');
    await page.fill('input[name=name]', hostile[0] as string);
    await page.fill('input[name=day_cost]', '1.5');
    await page.getByRole('button', { name: 'Make it' }).click();
    const made = page.locator('[role=status] code');
    await made.waitFor();
    const key = (await made.textContent()) as string;
    const keys = page.locator('.panel', { hasText: 'New key' });
    const row = keys.locator('tr', { hasText: 'team' });
    await row.getByText('1500000000 base units a day').waitFor();
    await page.getByText(hostile[0] as string).waitFor();
    await page.route('**/v1/status', (route) => route.abort());
    await page.locator('main > [role=alert]').waitFor();
    expect(await made.textContent()).toBe(key); // a look that fails does not take away what is shown once
    await page.unroute('**/v1/status');
    await page.locator('main > [role=alert]').waitFor({ state: 'detached' });
    viewer.complaints.splice(0); // the browser notes the failure that was wanted
    const models = () => fetch(`${up.base_url}/models`, { headers: { authorization: `Bearer ${key}` } });
    expect((await models()).status).toBe(200);
    await row.getByRole('button', { name: 'Revoke' }).click();
    await row.getByRole('button', { name: 'Revoke for ever' }).click();
    await row.getByText('revoked 2').waitFor();
    expect((await models()).status).toBe(401);
    await page.getByRole('button', { name: 'Compare books' }).click();
    await page.getByText('They agree').waitFor();
    await page.context().close();
  });

  test('what strangers wrote is text, on the market and on the page of a transaction', async () => {
    const page = await open(1280, 900);
    await shown(page, '#/market', hostile[0] as string);
    for (const text of hostile) await expect.poll(() => page.getByText(text).count()).toBeGreaterThan(0);
    await shown(page, '#/activity', hostile[1] as string);
    await page
      .locator('tr', { hasText: hostile[2] as string })
      .locator('a')
      .first()
      .click();
    await page
      .getByText(hostile[2] as string)
      .first()
      .waitFor();
    expect(await page.title()).toBe('Atoma');
    const places: readonly (readonly [string, string])[] = [
      ...hostile.map((text, i) => [`#/task/${up.models.length + 1 + i}`, text] as const),
      ...hostile.map((text) => [`#/find/${encodeURIComponent(text)}`, `Names with “${text}”`] as const),
      ['#/money', 'Where every TOMA is'],
      ['#/stacks', 'Open stacks'],
    ];
    for (const [place, text] of places) {
      await shown(page, place, text);
      expect([place, await page.locator('img[src=x], iframe, svg[onload], a[href^="javascript:"]').count()]).toEqual([
        place,
        0,
      ]);
      expect([place, await page.title()]).toEqual([place, 'Atoma']);
    }
    await page.goto(`${up.pages_url}#/object/${encodeURIComponent(hostile[0] as string)}`);
    await page.getByText('Nothing here').waitFor();
    expect(await page.title()).toBe('Atoma');
    await page.context().close();
  });

  test('an address gets SUI of the faucet', async () => {
    const page = await open(1280, 900);
    const address = `0x${'c0ffee'.padStart(64, '0')}`;
    await shown(page, `#/object/${address}`, 'It has no coins.');
    await page.getByRole('button', { name: 'from the faucet' }).click();
    await page.getByText('Sent in').waitFor();
    await page.getByText('10,000,000,000').waitFor();
    await page.context().close();
  });

  test('the ledger’s own address shows the same pages; programs get JSON from both', async () => {
    const page = await open(1280, 900);
    await page.goto(up.ledger_url);
    await page.getByText('atoma/demo-chat').first().waitFor();
    for (const url of [up.ledger_url, new URL('/', up.base_url).href])
      expect((await fetch(url)).headers.get('content-type')).toContain('json');
    const served = await fetch(up.pages_url, { headers: { accept: 'text/html' } });
    expect(served.headers.get('content-security-policy')).toContain("default-src 'none'");
    await page.context().close();
  });

  test('a dApp of today’s dapp-kit finds the ledger’s development wallet, connects, signs and executes', async () => {
    const dapp = await serveDapp(up.ledger_url);
    const page = await open(1280, 900, true);
    await page.goto(dapp.url('account=alice&account=bob'));
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Atoma dev wallet').first().click();
    const account = page.locator('#account');
    await account.waitFor();
    const address = (await account.textContent()) as string;
    const said = (text: string) => page.locator('output', { hasText: text }).waitFor();
    const press = async (action: string, answer?: 'Sign' | 'Refuse') => {
      await page.getByRole('button', { name: action, exact: true }).click();
      if (answer) await page.getByRole('button', { name: answer, exact: true }).waitFor();
      if (answer === 'Refuse') await checkPage(page, 'the wallet’s question', 1280);
      if (answer) await page.getByRole('button', { name: answer, exact: true }).click();
    };
    await press('Pay', 'Refuse');
    await said('The owner of the wallet refused to sign.');
    await press('Pay', 'Sign');
    await said('paid 123456 in ');
    await press('Sign only', 'Sign');
    await said('executed Transaction');
    await press('Sign a message', 'Sign');
    await said(`message of ${address}`);
    await press('Elsewhere');
    await said('failed: ');
    await page.reload(); // the kit connects again by itself, to the same account
    await account.waitFor();
    expect(await account.textContent()).toBe(address);
    await page.context().close();
    dapp.close();
  });

  test('a gateway and a ledger that run alone show their pages too', async () => {
    for (const line of ['wallet new me', 'wallet faucet --wallet me', 'toma faucet --amount 20TOMA --wallet me'])
      expect(await atoma(machine, `${line} --network up`)).toMatchObject({ code: 0 });
    const gateway = await stay(machine, 'gateway run --port 0 --admin-port 0 --network up --wallet me --json');
    const facts = { home: 'market', ledger: up.ledger_url, admin: gateway.facts.admin_url };
    expect(await siteAt(new URL('/', gateway.facts.base_url).href)).toMatchObject(facts);
    expect(await siteAt(gateway.facts.admin_url as string)).toMatchObject({ ...facts, home: 'gateway' });
    await gateway.end();
    const alone = cleanMachine();
    const chain = await stay(alone, 'chain start --port 0 --faucet-port 0 --json');
    expect(await siteAt(chain.facts.url as string)).toMatchObject({ home: 'market', ours: true, gateway: null });
    const page = await open(1280, 900);
    await page.goto(chain.facts.url as string);
    await page.getByText('No task has been created yet.').waitFor();
    await page.context().close();
    await chain.end();
  });

  test('the cheat is caught while the market runs: what was sold, what it should have been, and the verdict', async () => {
    const { admin, nodes } = await siteOf(up.pages_url);
    const token = readFileSync(join(machine.home, '.atoma/up-admin.token'), 'utf8').trim();
    const page = await open(1280, 900, true);
    await shown(page, '#/stack/1', 'The challenger');
    expect(await page.getByText('of this node.').count()).toBe(0); // an alarm is for its owner alone
    const convicted = page.getByText(/^Node \d: convicted\.$/);
    await convicted.waitFor({ timeout: 120_000 });
    const [cheat] = /\d/.exec(await convicted.innerText()) as RegExpExecArray;
    await page.getByText('In and out are the same, to the unit.').waitFor();
    await page.getByRole('link', { name: admin }).click();
    await withToken(page, page.url(), token);
    const differs = page.locator('.panel', { hasText: 'What differs' });
    await differs.getByText('work of another model', { exact: true }).waitFor();
    const answer = (title: string) => differs.locator('.side', { hasText: title }).locator('p.said').innerText();
    const sold = await answer('The answer that was sold');
    expect(sold).toMatch(/^I do not know that/); // it had not read the question
    expect(await answer('The answer when it is repeated')).toMatch(/^A receipt is/);
    await differs.getByText(hostile[0] as string).waitFor(); // a stranger's question is text here too
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(await page.title()).toBe('Atoma');
    await checkSizes(page, 'a cheat that was caught');
    const { operator } = nodes.find(({ node }) => node === cheat) as { readonly operator: string };
    await withToken(page, `${operator}/#/console`, token);
    await page.getByText('own stack disputed').first().waitFor();
    await page.context().close();
  });

  test('code that the playground shows runs as it stands', async () => {
    const page = await open(1280, 900);
    await shown(page, '#/play', 'The same from a program');
    await page.fill('input[type=password]', up.key);
    const codeOf = async (language: string): Promise<string> =>
      (await page.locator('details', { hasText: language }).locator('pre').textContent()) ?? '';
    const openai = JSON.stringify(import.meta.resolve('openai'));
    const ours = join(import.meta.dirname, '../testing/python');
    const hasOpenai = (await execute(machine, 'python3', ['-c', 'import openai'])).code === 0;
    const more = { KEY: up.key, ...(hasOpenai ? {} : { PYTHONPATH: ours }) };
    const run = async (): Promise<readonly string[]> => {
      const typescript = `const KEY = process.env.KEY;\n${(await codeOf('TypeScript')).replace("'openai'", openai)}`;
      const python = `import os\nKEY = os.environ["KEY"]\n${await codeOf('Python')}`;
      const done = await Promise.all([
        execute(machine, 'bash', ['-c', await codeOf('curl')], '', more),
        execute(machine, process.execPath, ['--input-type=module', '-e', typescript], '', more),
        execute(machine, 'python3', ['-c', python], '', more),
      ]);
      expect(done.map(({ code, err }) => (code === 0 ? '' : err))).toEqual(['', '', '']);
      return done.map(({ out }) => out);
    };
    for (const wanted of ['data: [DONE]', '"role":"assistant"']) {
      const [curl, ...programs] = await run();
      expect(curl).toContain(wanted);
      for (const said of programs) expect(said).toMatch(/\w+ \w+/);
      await page.getByRole('checkbox').uncheck();
    }
    await page.selectOption('main select', 'atoma/demo-embed');
    for (const said of await run()) expect(said).toMatch(/embedding/);
    await page.context().close();
  });

  test('the browser had nothing to complain about', () => {
    expect(viewer.complaints).toEqual([]);
  });
}
