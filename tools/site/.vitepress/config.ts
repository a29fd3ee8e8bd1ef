/** The site of the documentation: every page of docs/, the READMEs it links to, a page for each error. */
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { defineConfig } from 'vitepress';
import { picture } from './pictures.ts';
import { sidebar } from './sidebar.ts';

const repository = 'https://github.com/atoma-network/atoma';

const icon = readFileSync(join(import.meta.dirname, '../icon.svg'), 'utf8').trim();

/** Set by build.ts. */
const { SITE_BASE: base = '/', SITE_OUT: outDir = '../../dist/site', SITE_VERSION: version = '0.0.0' } = process.env;

export default defineConfig({
  title: 'Atoma',
  description: 'A decentralised market for AI compute on Sui',
  lang: 'en',
  srcDir: './pages',
  outDir,
  base,
  cleanUrls: false,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  metaChunk: true, // else every page carries the list of all pages
  markdown: {
    // Words such as <stack> are text in our pages, never markup.
    html: false,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
    config: (md) => {
      const { fence, link_open: open } = md.renderer.rules;
      md.renderer.rules.fence = (tokens, at, options, env, self) =>
        tokens[at]?.info.trim() === 'mermaid'
          ? picture(tokens[at].content)
          : (fence?.(tokens, at, options, env, self) ?? '');
      md.renderer.rules.link_open = (tokens, at, options, env: { readonly relativePath?: string }, self) => {
        const token = tokens[at];
        const href = token?.attrGet('href') ?? '';
        // What is no page of the site is read in the repository.
        if (token && !/^(?:https?:|#|mailto:)/.test(href) && !/\.(?:md|html)(?:#|$)/.test(href))
          token.attrSet(
            'href',
            `${repository}/blob/main/${posix.normalize(posix.join(dirname(env.relativePath ?? ''), href))}`,
          );
        return open ? open(tokens, at, options, env, self) : self.renderToken(tokens, at, options);
      };
    },
  },
  themeConfig: {
    version,
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Changes', link: '/CHANGELOG' },
      { text: 'API', link: '/api/index.html', target: '_self' },
      { text: 'Source', link: repository },
      { component: 'VersionMenu' },
    ],
    sidebar: sidebar(),
  },
  ignoreDeadLinks: [/^\/api\//], // typedoc makes that part
});
