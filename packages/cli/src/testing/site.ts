import { expect } from 'vitest';
import type { SiteFacts, SiteHome } from '../pages.ts';

/** What the pages at an address are told, after a browser got the page itself there and a program did not. */
export const siteAt = async (url: string): Promise<SiteFacts & { readonly home: SiteHome }> => {
  const browser = await fetch(url, { headers: { accept: 'text/html' } });
  expect([url, browser.status, browser.headers.get('content-type')]).toEqual([url, 200, 'text/html; charset=utf-8']);
  expect(browser.headers.get('content-security-policy')).toContain("default-src 'none'");
  const program = await fetch(url);
  expect(program.headers.get('content-type')).not.toContain('html');
  return (await (await fetch(new URL('/site.json', url))).json()) as SiteFacts & { readonly home: SiteHome };
};
