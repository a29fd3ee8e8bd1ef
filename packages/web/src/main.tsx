/** The page: who it belongs to, where one can go, and what is shown there. */
import { type JSX, render } from 'preact';
import { useState } from 'preact/hooks';
import { ActivityPage } from './pages/feed.tsx';
import { MarketPage } from './pages/market.tsx';
import { ObjectPage } from './pages/object.tsx';
import { PlayPage } from './pages/play.tsx';
import type { PageProps } from './pages/props.ts';
import { NodePage, StackPage, TaskPage } from './pages/rows.tsx';
import { TransactionPage } from './pages/transaction.tsx';
import { Panel, Show } from './parts.tsx';
import { findRoute, parseRoute, type Route } from './route.ts';
import { parseSite } from './site.ts';
import { Refused } from './stream.ts';
import { useHash, useLoaded } from './use.ts';

const start = async (): Promise<PageProps> => {
  const response = await fetch('site.json');
  const site = response.ok ? parseSite(await response.json()) : null;
  if (site === null) throw new Refused('This server does not say which market it belongs to.');
  const reads = await import('./market.ts');
  return { site, reads, atoma: reads.openMarket(site) };
};

const Page = ({ route, props }: { readonly route: Route; readonly props: PageProps }): JSX.Element => {
  switch (route.page) {
    case 'market':
      return <MarketPage {...props} />;
    case 'activity':
      return <ActivityPage {...props} />;
    case 'play':
      return <PlayPage site={props.site} />;
    case 'transaction':
      return <TransactionPage {...props} digest={route.digest} />;
    case 'object':
      return <ObjectPage {...props} id={route.id} />;
    case 'stack':
      return <StackPage {...props} id={route.id} />;
    case 'node':
      return <NodePage {...props} id={route.id} />;
    case 'task':
      return <TaskPage {...props} id={route.id} />;
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
          aria-label="Digest, id, address, or stack 3"
          placeholder="Digest, id, address, stack 3"
          aria-invalid={missed}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
        />
      </form>
    </search>
  );
};

const places = [
  ['#/market', 'Market'],
  ['#/activity', 'Activity'],
  ['#/play', 'Playground'],
] as const;

const App = (): JSX.Element => {
  const hash = useHash();
  const opened = useLoaded(start, []);
  const here = hash === '' || hash === '#/' ? '#/market' : hash;
  return (
    <>
      <header>
        <h1>
          <a href="#/market">Atoma</a>
        </h1>
        <nav aria-label="Pages">
          {places.map(([to, name]) => (
            <a key={to} href={to} aria-current={here === to ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <Search />
      </header>
      <main>
        <Show of={opened} as={(props) => <Page key={here} route={parseRoute(hash)} props={props} />} />
      </main>
    </>
  );
};

render(<App />, document.body);
