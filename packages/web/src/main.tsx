/** The page: who it belongs to, where one can go, and what is shown there. */
import { type JSX, render } from 'preact';
import { useState } from 'preact/hooks';
import { Refused } from './ask.ts';
import { ActivityPage } from './pages/feed.tsx';
import { MarketPage } from './pages/market.tsx';
import type { PageProps } from './pages/props.ts';
import { Panel, Show } from './parts.tsx';
import { findRoute, parseRoute, type Route } from './route.ts';
import { isHere, parseSite, type Site } from './site.ts';
import { useHash, useLoaded } from './use.ts';

const start = async (): Promise<PageProps> => {
  const response = await fetch('site.json');
  const site = response.ok ? parseSite(await response.json()) : null;
  if (site === null) throw new Refused('This server does not say which market it belongs to.');
  const reads = await import('./market.ts');
  return { site, reads, atoma: reads.openMarket(site) };
};

/** A page that is loaded when it is first shown. */
const late =
  <Props extends object>(load: () => Promise<(props: Props) => JSX.Element>) =>
  (props: Props): JSX.Element => {
    const part = useLoaded(async () => ({ Part: await load() }), []);
    return <Show of={part} as={({ Part }) => <Part {...props} />} />;
  };

const pages = {
  play: late(async () => (await import('./pages/play.tsx')).PlayPage),
  console: late(async () => (await import('./pages/console.tsx')).ConsolePage),
  gateway: late(async () => (await import('./pages/gateway.tsx')).GatewayPage),
  transaction: late(async () => (await import('./pages/transaction.tsx')).TransactionPage),
  object: late(async () => (await import('./pages/object.tsx')).ObjectPage),
  package: late(async () => (await import('./pages/package.tsx')).PackagePage),
  money: late(async () => (await import('./pages/money.tsx')).MoneyPage),
  time: late(async () => (await import('./pages/time.tsx')).TimePage),
  lab: late(async () => (await import('./pages/lab.tsx')).LabPage),
  find: late(async () => (await import('./pages/find.tsx')).FindPage),
  stack: late(async () => (await import('./pages/stack.tsx')).StackPage),
  stacks: late(async () => (await import('./pages/stacks.tsx')).StacksPage),
  node: late(async () => (await import('./pages/rows.tsx')).NodePage),
  task: late(async () => (await import('./pages/rows.tsx')).TaskPage),
};

const Page = ({ route, props }: { readonly route: Route; readonly props: PageProps }): JSX.Element => {
  switch (route.page) {
    case 'market':
      return <MarketPage {...props} />;
    case 'activity':
      return <ActivityPage {...props} />;
    case 'play':
      return <pages.play {...props} />;
    case 'money':
      return <pages.money {...props} />;
    case 'time':
      return <pages.time {...props} />;
    case 'lab':
      return <pages.lab {...props} />;
    case 'console':
      return <pages.console {...props} />;
    case 'gateway':
      return <pages.gateway {...props} />;
    case 'transaction':
      return <pages.transaction {...props} digest={route.digest} />;
    case 'object':
      return <pages.object {...props} id={route.id} />;
    case 'package':
      return <pages.package {...props} id={route.id} />;
    case 'find':
      return <pages.find {...props} text={route.text} />;
    case 'stacks':
      return <pages.stacks {...props} />;
    case 'stack':
      return <pages.stack {...props} id={route.id} />;
    case 'node':
      return <pages.node {...props} id={route.id} />;
    case 'task':
      return <pages.task {...props} id={route.id} />;
    case 'unknown':
      return (
        <Panel title="Nothing here">
          <p>There is no page {route.text}.</p>
        </Panel>
      );
  }
};

const Search = (): JSX.Element => {
  const [typed, type] = useState('');
  const [missed, miss] = useState(false);
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const found = findRoute(typed);
          miss(found === null);
          if (found !== null) location.hash = found;
        }}
      >
        <input
          type="search"
          aria-label="Digest, id, address, name, stack 3, request or receipt"
          placeholder="Digest, id, address, name, stack 3, request, receipt"
          aria-invalid={missed}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
        />
      </form>
    </search>
  );
};

/** A page that works at one server only is a link to it from the others. */
const at = (url: string | null, hash: string): string =>
  url === null || isHere(url) ? hash : `${new URL(url).origin}/${hash}`;

const placesOf = (site: Site | null): readonly (readonly [string, string])[] => [
  ['#/market', 'Market'],
  ['#/stacks', 'Stacks'],
  ['#/activity', 'Activity'],
  ['#/money', 'Money'],
  ['#/lab', 'Lab'],
  [at(site?.gateway ?? null, '#/play'), 'Playground'],
  ['#/console', 'Node'],
  ...(site?.ours ? ([[at(site.ledger, '#/time'), 'Time']] as const) : []),
  ...(site?.admin ? ([[at(site.admin, '#/gateway'), 'Gateway']] as const) : []),
];

const App = (): JSX.Element => {
  const hash = useHash();
  const opened = useLoaded(start, []);
  const site = opened.kind === 'here' ? opened.value.site : null;
  const home = site?.home === 'node' ? 'console' : (site?.home ?? 'market');
  const here = hash === '' || hash === '#/' ? `#/${home}` : hash;
  return (
    <>
      <header>
        <h1>
          <a href="#/market">Atoma</a>
        </h1>
        <nav aria-label="Pages">
          {placesOf(site).map(([to, name]) => (
            <a key={name} href={to} aria-current={here === to ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <Search />
      </header>
      <main>
        <Show of={opened} as={(props) => <Page key={here} route={parseRoute(here, home)} props={props} />} />
      </main>
    </>
  );
};

render(<App />, document.body);
