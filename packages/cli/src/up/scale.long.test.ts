/** The pages of a market with 10,000 open stacks and 100,000 transactions: what a page asks for does not grow with the market. */
import { join } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestMarket } from '../../../sdk/src/testing/market.ts';
import { openPages, siteFacts } from '../pages.ts';
import { hasBrowser, openViewer, shown, type Viewer } from '../testing/browser.ts';
import { openLargeMarket } from '../testing/large-market.ts';
import { checkout, cleanMachine, devCli, execute } from '../testing/process.ts';

/** Of the full size; less for a quick look: `ATOMA_SCALE=0.1`. `ATOMA_SCALE_HOME` keeps the market for the next run. */
const SHARE = Number(process.env.ATOMA_SCALE ?? 1);
const STACKS = 10_000 * SHARE;
const TRANSACTIONS = 100_000 * SHARE;
/** Bytes of answers that one page may take: a page of rows, not a market. */
const MOST_BYTES = 600_000;
/** Pages of a list that are turned. */
const LISTS = Math.min(5, Math.floor(STACKS / 50) - 1);
/** Requests of one page. */
const MOST_REQUESTS = 40;

if (hasBrowser()) {
  let market: TestMarket;
  let server: Awaited<ReturnType<typeof serveLedger>>;
  let viewer: Viewer;

  beforeAll(async () => {
    expect((await execute(cleanMachine(), devCli, ['--version'])).code).toBe(0);
    market = await openLargeMarket({
      stacks: STACKS,
      transactions: TRANSACTIONS,
      directory: process.env.ATOMA_SCALE_HOME,
    });
    const pages = openPages(join(checkout, 'packages/cli/dist/bin/web'));
    server = await serveLedger(market.ledger, { port: 0, ...(pages ? { pages: pages.at('market') } : {}) });
    pages?.tell(siteFacts({ network: 'scale', deployment: market.deployment, ledger: server.url, ours: true }));
    viewer = await openViewer();
    process.stderr.write(
      `${STACKS} stacks, ${TRANSACTIONS} transactions: ${Math.round(performance.now() / 1_000)} s\n`,
    );
  }, 1_800_000);
  afterAll(async () => {
    await viewer.close();
    await server.close();
    market.close();
  });

  /** What a page asked for; `ms` is measured in the page, until the text is painted; `pageMs` is processor time of its thread. */
  interface Cost {
    readonly requests: number;
    readonly bytes: number;
    readonly ms: number;
    readonly pageMs: number;
  }

  /** Does something in the page; gives the time, ms, until a text is painted there. */
  const timeTo = (page: Page, act: string, text: string): Promise<number> =>
    page.evaluate(
      `new Promise((seen) => {
        const began = performance.now();
        const look = () => {
          if (!document.querySelector('main')?.textContent.includes(${JSON.stringify(text)})) return;
          watcher.disconnect();
          requestAnimationFrame(() => setTimeout(() => seen(performance.now() - began)));
        };
        const watcher = new MutationObserver(look);
        watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
        ${act};
      })`,
    );

  /** What a page asks for until a text is seen after something is done in it. */
  const costOf = async (page: Page, act: string, text: string): Promise<Cost> => {
    let [requests, bytes] = [0, 0];
    const count = (response: { readonly body: () => Promise<Buffer> }): void => {
      requests++;
      void response.body().then(
        (body) => {
          bytes += body.length;
        },
        () => {},
      );
    };
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const cpuMs = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
    };
    page.on('response', count);
    const before = await cpuMs();
    const ms = Math.round(await timeTo(page, act, text));
    const pageMs = Math.round((await cpuMs()) - before);
    page.off('response', count);
    await session.detach();
    return { requests, bytes, ms, pageMs };
  };
  const withinBounds = (what: string, cost: Cost): void => {
    const { ms, pageMs, requests, bytes } = cost;
    process.stderr.write(
      `${what}: ${ms} ms, ${pageMs} ms of the page's thread, ${requests} requests, ${bytes} bytes\n`,
    );
    expect(cost.requests, what).toBeLessThanOrEqual(MOST_REQUESTS);
    expect(cost.bytes, what).toBeLessThanOrEqual(MOST_BYTES);
  };

  test('lists, a stack in the middle, and its history cost as much as in a small market', async () => {
    const page = await viewer.open(1280, 900);
    await shown(page, `${server.url}/#/stacks`, `stack ${STACKS}`);
    expect(await page.locator('tbody tr').count()).toBe(50);
    const press = "[...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Older').click()";
    for (let list = 1; list <= LISTS; list++)
      withinBounds(`older stacks, page ${list}`, await costOf(page, press, `stack ${STACKS - 50 * list}`));
    expect(await page.locator('tbody tr').count()).toBe(50);
    const go = (place: string): string => `location.hash = '${place}'`;
    for (const [place, text, what] of [
      [`#/stack/${STACKS / 2}`, `stack ${STACKS / 2} bought`, 'a stack in the middle'],
      ['#/market', STACKS.toLocaleString('en'), 'the market'],
      ['#/node/1', 'newest open stacks of the market', 'a node'],
      ['#/activity', `stack ${STACKS} bought`, 'the activity'],
      ['#/task/1', 'Order book', 'a task'],
    ] as const)
      withinBounds(what, await costOf(page, go(place), text));
    await shown(page, `${server.url}/#/money`, 'all places together are what was minted, to the unit');
    const followed = await page.getByText(/^After each of \d+ transactions/).innerText();
    expect(Number(/\d+/.exec(followed))).toBeLessThanOrEqual(300); // the newest; more as often as asked
    expect(await page.getByText('counted back from the rows of the market').count()).toBe(STACKS > 300 ? 1 : 0);
    await shown(page, `${server.url}/#/object/${market.deployment.dbId}`, 'The last 50 versions: 50 of 50');
    await page.getByRole('button', { name: 'Earlier versions too' }).click();
    await page.getByText('The last 100 versions: 100 of 100').waitFor();
    expect(viewer.complaints).toEqual([]);
    await page.context().close();
  });

  test('a server that goes is told, and what it says when it is back is shown', async () => {
    const page = await viewer.open(1280, 900);
    await shown(page, `${server.url}/#/stacks`, `stack ${STACKS}`);
    const { port } = server;
    await server.close();
    await page.getByRole('alert').first().waitFor({ timeout: 60_000 });
    const pages = openPages(join(checkout, 'packages/cli/dist/bin/web'));
    server = await serveLedger(market.ledger, { port, ...(pages ? { pages: pages.at('market') } : {}) });
    pages?.tell(siteFacts({ network: 'scale', deployment: market.deployment, ledger: server.url, ours: true }));
    await page.getByText(`stack ${STACKS}`, { exact: true }).waitFor({ timeout: 60_000 });
    await page.context().close();
  });
}
