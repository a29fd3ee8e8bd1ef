/** The playground's desks beside chat, in a real browser: a map of embeddings, pictures, speech, transcription, each held against its receipt. */
import { join } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import { executedResult, registerNode, updateNodeUrl } from '@atoma/sdk';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from '../../gateway/src/testing/desk.ts';
import { openRehearsal, type Rehearsal } from '../../gateway/src/testing/rehearsal.ts';
import { createBuiltinEngine } from '../../node/src/engine/builtin/engine.ts';
import { createUpstreamEngine } from '../../node/src/engine/upstream/engine.ts';
import { type MediaServer, startMediaServer } from '../../node/src/testing/media-server.ts';
import { silence } from '../../node/src/testing/sound.ts';
import { openPages, siteFacts } from './pages.ts';
import { checkPage, hasBrowser, openViewer, shown, type Viewer } from './testing/browser.ts';
import { checkout, cleanMachine, devCli, execute } from './testing/process.ts';

/** Model and role. */
const models = { scribe: 0, painter: 3, voice: 4, ear: 5 } as const;
const EMBED = 'atoma/demo-embed';
/** What the server behind `ear` heard: text of a stranger. */
const HEARD = '<img src=x onerror=document.title=1> said the sound';
/** What somebody typed. */
const HOSTILE = '"><svg onload=document.title=1><script>document.title=1</script>';
/** As hostile as the contract lets an address be: ASCII without spaces. */
const ADDRESS = 'http://"><svg/onload=document.title=1><script>document.title=1</script>';
/** A picture of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const SECOND = silence(8_000);

if (hasBrowser()) {
  let media: MediaServer;
  let market: Rehearsal;
  let desk: Desk;
  let viewer: Viewer;
  let key: string;
  let ledger: Awaited<ReturnType<typeof serveLedger>>;

  beforeAll(async () => {
    expect((await execute(cleanMachine(), devCli, ['--version'])).code).toBe(0);
    media = await startMediaServer({
      read: async () => HEARD,
      speak: async () => SECOND,
      hear: async (sound) => `${HEARD} of ${sound.length} bytes`,
      draw: async () => Buffer.from(PIXEL, 'base64'),
    });
    market = await openRehearsal('play');
    const served = Object.entries(models).map(([name, role]) => ({
      name,
      roles: [role],
      contextLength: 4_096,
      tokenizer: 'bytes',
      profile: null,
      targets: [{ url: media.url, concurrency: 8 }],
    }));
    const node = await market.addNode({ engines: [createUpstreamEngine({ models: served }), createBuiltinEngine()] });
    for (const [model, role] of [...Object.entries(models), [EMBED, 1] as const])
      await market.subscribe(node, await market.task({ role, model }), 10n, 100_000_000n);
    const stranger = await market.wallet();
    executedResult(
      await updateNodeUrl(stranger, { ...executedResult(await registerNode(stranger, {})), url: ADDRESS }),
    );
    const pages = openPages(join(checkout, 'packages/cli/dist/bin/web'));
    if (!pages) throw new Error('the pages were not built');
    desk = await openDesk(market, {
      pages: pages.at('market'),
      buyerOptions: { policy: { stackUnits: 3_000_000n } },
    });
    ledger = await serveLedger(market.market.ledger, { port: 0 });
    const { deployment } = market.market;
    pages.tell(
      siteFacts({ network: 'play', deployment, ledger: ledger.url, ours: true, gateway: `${desk.url}/v1`, models: [] }),
    );
    key = await desk.key({ models: [...Object.keys(models), EMBED] });
    viewer = await openViewer();
  });
  afterAll(async () => {
    await viewer?.close();
    await ledger?.close();
    await desk?.close();
    await market?.close();
    await media?.close();
  });

  const checked = (page: Page) => page.getByText('signed for exactly this answer, checked in this page').waitFor();

  test('each desk asks, shows what came, and holds it against its receipt', async () => {
    const page = await viewer.open(390, 844, true);
    await shown(page, `${desk.url}/#/play`, 'Playground');
    await page.fill('input[type=password]', key);
    const choose = (model: string) => page.selectOption('main select', model);
    await page.locator('main option', { hasText: 'ear' }).waitFor({ state: 'attached' });

    await choose(EMBED);
    await page.fill('textarea', 'a cat sleeps\na cat sleeps\n<b>a jury convicts</b>');
    await page.getByRole('button', { name: 'Put them on a map' }).click();
    await checked(page);
    await expect.poll(() => page.locator('svg.map circle').count()).toBe(3);
    await page.getByText('2: a cat sleeps (1.000)').waitFor(); // a text is most like itself
    await checkPage(page, 'embeddings', 390);

    await choose('scribe');
    await page.getByRole('checkbox').uncheck();
    await page.fill('main form.ask input', HOSTILE);
    await page.click('main form.ask button');
    await checked(page);
    for (const words of [HOSTILE, HEARD]) await page.locator('ol.talk p', { hasText: words }).waitFor();

    await choose('painter');
    await page.fill('main form:has(button:text("Draw it")) input', HOSTILE);
    await page.getByRole('button', { name: 'Draw it' }).click();
    await checked(page);
    await expect
      .poll(() => page.locator('main img').evaluate((image: { naturalWidth: number }) => image.naturalWidth))
      .toBe(1);

    await choose('voice');
    await page.getByRole('button', { name: 'Speak it' }).click();
    await checked(page);
    await expect
      .poll(() => page.locator('main audio').evaluate((sound: { duration: number }) => sound.duration))
      .toBeCloseTo(1, 3);

    await choose('ear');
    const file = { name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.from(SECOND) };
    await page.setInputFiles('main input[type=file]', file);
    await page.getByRole('button', { name: 'Write it down' }).click();
    await checked(page);
    await page.getByText(`${HEARD} of ${SECOND.length} bytes`).waitFor();
    await checkPage(page, 'transcription', 390);
    expect(await page.locator('img[src=x], svg[onload], main script').count()).toBe(0);
    expect(await page.title()).toBe('Atoma');
    expect(viewer.complaints).toEqual([]);
    await page.context().close();
  });

  test('an address that a node announced is text; a ledger that goes is told, and is shown again when it is back', async () => {
    const page = await viewer.open(1280, 900, true);
    for (const place of ['#/node/2', '#/find/onload', '#/activity']) {
      await shown(page, `${desk.url}/${place}`, ADDRESS);
      expect([place, await page.locator('svg[onload], main script').count()]).toEqual([place, 0]);
      expect([place, await page.title()]).toEqual([place, 'Atoma']);
    }
    await shown(page, `${desk.url}/#/market`, 'painter');
    const { port } = ledger;
    await ledger.close();
    await page.getByRole('alert').first().waitFor({ timeout: 60_000 });
    await page.getByText('painter').first().waitFor(); // what was there stays
    ledger = await serveLedger(market.market.ledger, { port });
    await page.getByRole('alert').first().waitFor({ state: 'detached', timeout: 60_000 });
    await checkPage(page, 'the market', 1280);
    await page.context().close();
  });
}
