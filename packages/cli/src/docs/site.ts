/** The built site of the documentation. */
import { readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { type StaticSite, staticFile } from '@atoma/base';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The files of a folder, read when they are asked for; nothing outside it. */
export const siteOf = (folder: string): StaticSite => ({
  find: (path) => {
    let plain: string;
    try {
      plain = normalize(decodeURIComponent(path));
    } catch {
      return undefined; // no path of ours is encoded wrongly
    }
    if (!plain.startsWith('/') || plain.includes('\0')) return undefined;
    const file = join(folder, plain.endsWith('/') ? `${plain}index.html` : plain);
    if (!file.startsWith(folder) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
    return staticFile(TYPES[extname(file)] ?? 'application/octet-stream', readFileSync(file));
  },
  // The generator writes small scripts and styles into its pages.
  policy: () =>
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
});

/** The path of a page by what a person calls it; undefined: there is none. */
export const pathOf = (site: StaticSite, page: string | undefined): string | undefined => {
  if (page === undefined) return '/';
  const name = page.replace(/\.(?:md|html)$/, '');
  return [`/docs/${name}.html`, `/errors/${name}.html`, `/errors/${name.toUpperCase()}.html`].find((path) =>
    site.find(path),
  );
};
