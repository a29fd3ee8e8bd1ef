/** The site as its readers meet it: published below a version, served by the server of `atoma docs`, seen in a browser. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { type Listening, listenOn, serverTimes, serveStatic } from '@atoma/base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { siteOf } from '../../packages/cli/src/docs/site.ts';
import { checkPage, hasBrowser, openViewer, type Viewer } from '../../packages/cli/src/testing/browser.ts';
import { errorPages } from '../build/error-pages.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'atoma-site-'));
const version = '0.1.9';
const site = join(folder, version);

beforeAll(() => {
  // versions that were published before
  for (const name of ['0.1.10', '0.0.7']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.html'), `<link rel="icon" href="data:,"><h1>${name}</h1>`);
  }
  const words = [join(import.meta.dirname, 'build.ts'), '--publish', folder, '--as', version];
  execFileSync(process.execPath, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pages = (): readonly string[] => globSync('**/*.html', { cwd: site }).filter((name) => !name.startsWith('api/'));
const read = (name: string): string => readFileSync(join(site, name), 'utf8');

test('every page and every error is there, and the newest version comes first', () => {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  for (const name of docs) expect(existsSync(join(site, 'docs', name.replace(/md$/, 'html'))), name).toBe(true);
  for (const { code } of errorPages()) expect(read(`errors/${code}.html`)).toContain(code);
  expect(JSON.parse(readFileSync(join(folder, 'versions.json'), 'utf8'))).toEqual(['0.1.10', version, '0.0.7']);
  expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain('url=0.1.10/');
});

test('links lead to pages and to headings of them', () => {
  const ids = new Map<string, ReadonlySet<string>>();
  const idsOf = (name: string): ReadonlySet<string> => {
    const known = ids.get(name) ?? new Set([...read(name).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id as string));
    ids.set(name, known);
    return known;
  };
  const faults = pages().flatMap((page) =>
    [...read(page).matchAll(/<a [^>]*?href="([^"]*)"/g)].flatMap(([, href = '']) => {
      if (/^(?:https?:|mailto:)/.test(href)) return [];
      const [path = '', anchor] = decodeURIComponent(href).split('#');
      const from = path.startsWith(`/${version}/`) ? path.slice(version.length + 2) : posix.join(dirname(page), path);
      const target = path === '' ? page : from === '' || from.endsWith('/') ? `${from}index.html` : from;
      if (!existsSync(join(site, target))) return [`${page}: ${href}`];
      return anchor && !target.startsWith('api/') && !idsOf(target).has(anchor) ? [`${page}: ${href}`] : [];
    }),
  );
  expect(faults).toEqual([]);
});

test('pictures are drawn by the build: no page loads anything from elsewhere', () => {
  const drawn = ['ARCHITECTURE', 'challenger', 'economics'].map((name) => read(`docs/${name}.html`));
  for (const page of drawn) expect(page).toMatch(/class="picture" role="img" aria-label="[^"]{10,}"><svg /);
  for (const name of pages()) {
    expect(read(name), name).not.toMatch(/<(?:script|link|img)[^>]*(?:src|href)="https?:/);
    expect(read(name), name).not.toMatch(/language-mermaid|@import/);
  }
});

test('the API reference has every entry of the published packages', () => {
  for (const name of ['sdk', 'sdk_buyer', 'sdk_wire', 'sdk_wallet', 'sdk_payments', 'sdk_sealed', 'localnet', 'node'])
    expect(existsSync(join(site, `api/modules/_atoma_${name}.html`)), name).toBe(true);
});

describe.runIf(hasBrowser())('in a browser', () => {
  let viewer: Viewer;
  let server: Server;
  let listening: Listening;
  let address: string;
  beforeAll(async () => {
    const all = siteOf(`${folder}/`);
    server = createServer(serverTimes, (incoming, outgoing) => {
      if (!serveStatic(all, incoming, outgoing)) outgoing.writeHead(404).end();
    });
    listening = await listenOn(server, { host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${listening.port}/${version}/`;
    viewer = await openViewer();
  });
  afterAll(async () => {
    await viewer.close();
    await listening.close();
  });

  test('search finds pages, the menu leads to other versions, the switch makes it dark', async () => {
    const page = await viewer.open(1280, 900);
    await page.goto(`${address}docs/economics.html`);
    const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.locator('.VPNavBarAppearance button').click();
    await page.waitForFunction(`getComputedStyle(document.body).backgroundColor !== '${light}'`);
    const value = (selector: string, name: string): Promise<string> =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).getPropertyValue('${name}')`);
    expect(await value('.picture svg', '--bg')).toBe(await value(':root', '--vp-c-bg'));
    await page.keyboard.press('Control+k');
    await page.fill('#localsearch-input', 'two juries');
    await page.locator('#localsearch-list a').first().waitFor();
    await page.keyboard.press('Escape');
    const menu = page.locator('.VPNavBar select.versions');
    await menu.locator('option').nth(2).waitFor({ state: 'attached' });
    expect(await menu.locator('option').allTextContents()).toEqual([
      'version 0.1.10',
      'version 0.1.9',
      'version 0.0.7',
    ]);
    await menu.selectOption('0.0.7');
    await page.getByRole('heading', { name: '0.0.7' }).waitFor();
    expect(viewer.complaints).toEqual([]);
  });

  test.each(['', 'docs/ARCHITECTURE.html', 'docs/challenger.html', 'errors/CLI_PORT_TAKEN.html'])(
    'page "%s" fits a telephone and is accessible',
    async (path) => {
      const page = await viewer.open(390, 800, true);
      await page.goto(address + path);
      await page.locator('h1').waitFor();
      await checkPage(page, path, 390);
    },
  );

  test('the API reference finds a function', async () => {
    const page = await viewer.open(1280, 900);
    await page.goto(`${address}api/index.html`);
    await page.getByText('@atoma/localnet').first().waitFor();
    await page.locator('#tsd-search-trigger').click();
    await page.fill('#tsd-search-input', 'acquireStack');
    await page.locator('#tsd-search-results li').first().waitFor();
  });
});
