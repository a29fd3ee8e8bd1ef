/** Pages in a real browser: Debian's Chromium, driven by playwright-core. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, test } from 'vitest';

const program = '/usr/bin/chromium';

/** How long a page may take for what it is to show, on a busy machine. */
const PATIENCE_MS = 60_000;

/** Whether there is a browser to look with; where not, a test says so, and fails where tests must be whole. */
export const hasBrowser = (): boolean => {
  if (existsSync(program)) return true;
  process.stderr.write(
    `the pages are not seen in a browser: ${program} is absent (Debian: apt-get install chromium)\n`,
  );
  test('without a browser: counts as failed where tests must be whole', () => {
    expect(process.env.CI, 'install chromium').not.toBe('true');
  });
  return false;
};

/** A browser that remembers what it complained about. */
export interface Viewer {
  /** Errors of consoles and scripts so far. */
  readonly complaints: string[];
  readonly open: (width: number, height: number, bypassCSP?: boolean) => Promise<Page>;
  readonly close: () => Promise<void>;
}

/** Starts it. */
export const openViewer = async (): Promise<Viewer> => {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'];
  const browser: Browser = await chromium.launch({ executablePath: program, args });
  const complaints: string[] = [];
  return {
    complaints,
    open: async (width, height, bypassCSP = false) => {
      const page = await (await browser.newContext({ viewport: { width, height }, bypassCSP })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      return page;
    },
    close: () => browser.close(),
  };
};

/** Opens an address and waits for a text of it. */
export const shown = async (page: Page, address: string, text: string): Promise<void> => {
  await page.goto(address);
  await page.getByText(text).first().waitFor();
};

/** Opens a console with its token. */
export const withToken = async (page: Page, address: string, token: string): Promise<void> => {
  await page.goto(address);
  await page.fill('main input[type=password]', token);
  await page.press('main input[type=password]', 'Enter');
};

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of axe that see colours, all that differs between dark and light. */
const ofColours = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };

/** Nothing of it violates accessibility, dark or light, and nothing is wider than the window. */
export const checkPage = async (page: Page, place: string, width: number): Promise<void> => {
  await page.evaluate(axe);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate(
      async (options) => {
        const { axe: checker } = globalThis as unknown as {
          axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await checker.run(options)).violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
      },
      colorScheme === 'dark' ? {} : ofColours,
    );
    expect([place, colorScheme, violations]).toEqual([place, colorScheme, []]);
  }
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
};

/** The same for a page that is shown 1,280 wide, and then as a telephone shows it. */
export const checkSizes = async (page: Page, place: string): Promise<void> => {
  await checkPage(page, place, 1280);
  await page.setViewportSize({ width: 390, height: 844 });
  await checkPage(page, `${place}, narrow`, 390);
  await page.setViewportSize({ width: 1280, height: 900 });
};
