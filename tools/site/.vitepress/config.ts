/** The site of the documentation: every page of docs/, the READMEs it links to, a page for each error. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { defineConfig } from 'vitepress';

const root = resolve(import.meta.dirname, '../../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
const repository = 'https://github.com/atoma-network/atoma/blob/main';

const decisions = readdirSync(join(root, 'docs/decisions')).map((name) => {
  const [, title = name] = /^# (.+)$/m.exec(readFileSync(join(root, 'docs/decisions', name), 'utf8')) ?? [];
  return { text: title, link: `/docs/decisions/${name.replace(/\.md$/, '')}` };
});

const page = (text: string, name: string) => ({ text, link: `/docs/${name}` });

export default defineConfig({
  title: 'Atoma',
  description: 'A decentralised market for AI compute on Sui',
  lang: 'en',
  srcDir: './pages',
  outDir: '../../dist/site',
  cleanUrls: false,
  // Versions lie beside each other: BASE=/0.1/ builds one of them.
  base: process.env.BASE ?? '/',
  lastUpdated: false,
  markdown: {
    // Words such as <stack> are text in our pages, never markup.
    html: false,
    config: (md) => {
      const open = md.renderer.rules.link_open;
      md.renderer.rules.link_open = (tokens, at, options, env: { readonly relativePath?: string }, self) => {
        const token = tokens[at];
        const href = token?.attrGet('href') ?? '';
        // What is no page of the site is read in the repository.
        if (token && !/^(?:https?:|#|mailto:)/.test(href) && !/\.(?:md|html)(?:#|$)/.test(href))
          token.attrSet('href', `${repository}/${posix.normalize(posix.join(dirname(env.relativePath ?? ''), href))}`);
        return open ? open(tokens, at, options, env, self) : self.renderToken(tokens, at, options);
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: `Version ${manifest.version}`, items: [{ text: 'Changes', link: '/CHANGELOG' }] },
      { text: 'API', link: `${repository}/packages/sdk` },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [{ text: 'Atoma', link: '/' }, page('The guide', 'guide'), page('A market in one command', 'up')],
      },
      {
        text: 'Use',
        items: [
          page('Buy an answer', 'buyer'),
          page('A gateway for a team', 'gateway'),
          page('Find a lie', 'challenger'),
          page('Confidential hardware', 'confidential'),
        ],
      },
      {
        text: 'Operate',
        items: [
          page('Run a node', 'node'),
          page('Make a task', 'tasks'),
          page('Deployment', 'deployment'),
          page('Going public', 'testnet'),
        ],
      },
      {
        text: 'Understand',
        items: [
          page('The protocol', 'protocol'),
          page('Verification', 'verification'),
          page('Economics', 'economics'),
          page('How cheats fare', 'lab'),
          page('Threat model', 'threat-model'),
          page('Limits', 'limits'),
          page('Benchmarks', 'benchmarks'),
          page('Glossary', 'glossary'),
        ],
      },
      {
        text: 'Build',
        items: [
          page('Contract', 'contract'),
          page('Architecture', 'ARCHITECTURE'),
          { text: 'Errors', link: '/errors/' },
        ],
      },
      { text: 'Decisions', collapsed: true, items: decisions },
    ],
  },
  // Links to READMEs and sources leave the site; links between pages are checked by the build.
  ignoreDeadLinks: [(link) => !relative('/docs', link).startsWith('docs') && /(?:README|\.\.)/.test(link)],
});
