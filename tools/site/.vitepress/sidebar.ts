/** What stands beside the pages: every page a reader may look for, by what they came to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface Item {
  readonly text: string;
  /** Path of the page on the site, without ending. */
  readonly link: string;
}

/** Pages under a heading. */
export interface Group {
  readonly text: string;
  readonly collapsed?: boolean;
  readonly items: readonly Item[];
}

const root = resolve(import.meta.dirname, '../../..');

const page = (text: string, name: string): Item => ({ text, link: `/docs/${name}` });

const decisions = (): readonly Item[] =>
  readdirSync(join(root, 'docs/decisions')).map((name) => {
    const [, title = name] = /^# (.+)$/m.exec(readFileSync(join(root, 'docs/decisions', name), 'utf8')) ?? [];
    return page(title, `decisions/${name.replace(/\.md$/, '')}`);
  });

const groups: readonly Group[] = [
  {
    text: 'Begin',
    items: [
      { text: 'Atoma', link: '/' },
      page('The guide', 'guide'),
      page('A market in one command', 'up'),
      page('What works, and how to see it', 'promises'),
    ],
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
      page('Security review', 'security-review'),
      page('Limits', 'limits'),
      page('Benchmarks', 'benchmarks'),
      page('Glossary', 'glossary'),
    ],
  },
  {
    text: 'Build',
    items: [
      page('Your package on your ledger', 'sui'),
      page('The contract', 'contract'),
      { text: 'Functions of the contract', link: '/move/atoma/README' },
      { text: 'The SDK', link: '/packages/sdk/API' },
      { text: 'The embedded ledger', link: '/packages/localnet/README' },
      page('Architecture', 'ARCHITECTURE'),
      { text: 'Contributing', link: '/CONTRIBUTING' },
      { text: 'Errors', link: '/errors/' },
    ],
  },
];

/** By path: pages of errors are many, so theirs is short; decisions are listed beside themselves. */
export const sidebar = (): Readonly<Record<string, readonly Group[]>> => ({
  '/': [...groups, { text: 'Decisions', items: [page('All decisions', decisions()[0]?.link.slice(6) ?? '')] }],
  '/docs/decisions/': [
    { text: 'Atoma', items: [{ text: 'All pages', link: '/' }, page('Architecture', 'ARCHITECTURE')] },
    { text: 'Decisions', items: decisions() },
  ],
  '/errors/': [
    { text: 'Errors', items: [{ text: 'All errors', link: '/errors/' }] },
    { text: 'Atoma', items: [{ text: 'All pages', link: '/' }, page('Limits', 'limits')] },
  ],
});
