/** The pages of a market in a real browser, on a market started by the built program. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atoma, cleanMachine, devCli, execute, type Machine } from '../testing/process.ts';
import type { UpFacts } from './running.ts';

const program = '/usr/bin/chromium';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Texts that would run if they were ever shown as markup, or followed as an address. */
const hostile = [
  '<img src=x onerror=document.title=1>',
  '<script>document.title=1</script>',
  '"><svg onload=document.title=1>',
];

if (!existsSync(program)) {
  process.stderr.write(
    `the pages are not seen in a browser: ${program} is absent (Debian: apt-get install chromium)\n`,
  );
  test('without a browser: counts as failed where tests must be whole', () => {
    expect(process.env.CI, 'install chromium').not.toBe('true');
  });
} else {
  let machine: Machine;
  let up: UpFacts;
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    machine = cleanMachine();
    expect((await execute(machine, devCli, ['--version'])).code).toBe(0);
    const done = await atoma(machine, 'up --detach --port 0 --json --epoch-ms 5000 --seed pages');
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
    browser = await chromium.launch({
      executablePath: program,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'],
    });
  });
  afterAll(async () => {
    await browser.close();
    await atoma(machine, 'up --stop');
  });

  const open = async (width: number, height: number, bypassCSP = false): Promise<Page> => {
    const page = await (await browser.newContext({ viewport: { width, height }, bypassCSP })).newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    return page;
  };
  const shown = async (page: Page, place: string, text: string): Promise<void> => {
    await page.goto(`${up.pages_url}${place}`);
    await page.getByText(text).first().waitFor({ timeout: 20_000 });
  };
  const places: readonly (readonly [string, string])[] = [
    ['#/market', 'atoma/demo-chat'],
    ['#/activity', 'node 5 registered'],
    ['#/node/1', 'Open stacks'],
    ['#/task/1', 'Least reputation'],
    ['#/stack/1', 'Next:'],
    ['#/play', 'The same from a program'],
  ];

  test('a question is answered in the playground, and the stack it bought has a page', async () => {
    const page = await open(1280, 900);
    await shown(page, '#/play', 'Playground');
    await page.fill('input[type=password]', up.key);
    await page.fill('main form.ask input', 'What is a receipt?');
    await page.click('main form.ask button');
    await page.getByText('the receipt was checked').waitFor({ timeout: 20_000 });
    await shown(page, '#/stack/1', 'Buyer’s money in it');
    await page.fill('input[type=search]', 'node 2');
    await page.press('input[type=search]', 'Enter');
    await page.getByText('Node 2').waitFor();
    await page.fill('input[type=search]', 'no such thing');
    await page.press('input[type=search]', 'Enter');
    expect(await page.getAttribute('input[type=search]', 'aria-invalid')).toBe('true');
    await page.context().close();
  });

  test.each([
    [1280, 900],
    [390, 844],
  ])('each page at %s x %s: no violation of accessibility, nothing wider than the window', async (width, height) => {
    const page = await open(width, height, true);
    for (const [place, text] of places) {
      await shown(page, place, text);
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const { axe: checker } = globalThis as unknown as {
          axe: { run: () => Promise<{ violations: { id: string }[] }> };
        };
        return (await checker.run()).violations.map(({ id }) => id);
      });
      expect([place, violations]).toEqual([place, []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });

  test('what strangers wrote is text, on the market and on the page of a transaction', async () => {
    const page = await open(1280, 900);
    await shown(page, '#/market', hostile[0] as string);
    for (const text of hostile) expect(await page.getByText(text).count()).toBeGreaterThan(0);
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
    await page.goto(`${up.pages_url}#/object/${encodeURIComponent(hostile[0] as string)}`);
    await page.getByText('Nothing here').waitFor();
    expect(await page.title()).toBe('Atoma');
    await page.context().close();
  });

  test('the ledger’s own address shows the same pages; programs get JSON from both', async () => {
    const page = await open(1280, 900);
    await page.goto(up.ledger_url);
    await page.getByText('atoma/demo-chat').first().waitFor({ timeout: 20_000 });
    for (const url of [up.ledger_url, new URL('/', up.base_url).href])
      expect((await fetch(url)).headers.get('content-type')).toContain('json');
    const served = await fetch(up.pages_url, { headers: { accept: 'text/html' } });
    expect(served.headers.get('content-security-policy')).toContain("default-src 'none'");
    await page.context().close();
  });

  test('the browser had nothing to complain about', () => {
    expect(complaints).toEqual([]);
  });
}
