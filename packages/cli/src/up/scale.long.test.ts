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

  /** What a page asked for; `pageMs` is processor time of its thread. */
  interface Cost {
    readonly requests: number;
    readonly bytes: number;
    readonly ms: number;
    readonly pageMs: number;
  }

  /** What a page asks for while something is done in it. */
  const costOf = async (page: Page, act: () => Promise<void>): Promise<Cost> => {
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
    const [began, before] = [performance.now(), await cpuMs()];
    await act();
    const ms = Math.round(performance.now() - began);
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
    const older = await costOf(page, async () => {
      await page.getByRole('button', { name: 'Older' }).click();
      await page.getByText(`stack ${STACKS - 50}`, { exact: true }).waitFor();
    });
    withinBounds('older stacks', older);
    expect(await page.locator('tbody tr').count()).toBe(50);
    const middle = await costOf(page, () =>
      shown(page, `${server.url}/#/stack/${STACKS / 2}`, `stack ${STACKS / 2} bought`),
    );
    withinBounds('a stack in the middle', middle);
    const market_ = await costOf(page, () => shown(page, `${server.url}/#/market`, STACKS.toLocaleString('en')));
    withinBounds('the market', market_);
    const feed = await costOf(page, () => shown(page, `${server.url}/#/activity`, `stack ${STACKS} bought`));
    withinBounds('the activity', feed);
    const node = await costOf(page, () => shown(page, `${server.url}/#/node/1`, 'newest open stacks of the market'));
    withinBounds('a node', node);
    const task = await costOf(page, () => shown(page, `${server.url}/#/task/1`, 'Order book'));
    withinBounds('a task', task);
    await shown(page, `${server.url}/#/money`, 'all places together are what was minted, to the unit');
    const followed = await page.getByText(/^After each of \d+ transactions/).innerText();
    expect(Number(/\d+/.exec(followed))).toBeLessThanOrEqual(300); // the newest; more as often as asked
    expect(await page.getByText('counted back from the rows of the market').count()).toBe(STACKS > 300 ? 1 : 0);
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
