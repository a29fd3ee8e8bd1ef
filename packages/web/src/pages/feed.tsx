/** What happens in the market, newest first, with a pause and a filter. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Id, Panel, Show, Table } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 1_500;

/** Newest events; `count` at a time. */
export const Feed = (props: PageProps & { readonly count: number }): JSX.Element => {
  const { reads, atoma, count } = props;
  const [paused, pause] = useState(false);
  const [filter, setFilter] = useState('');
  const [before, setBefore] = useState<string | null>(null);
  const page = useLoaded(
    () => reads.listEvents(atoma, { order: 'descending', limit: count, ...(before === null ? {} : { before }) }),
    [paused, before],
    paused || before !== null ? undefined : EVERY_MS,
  );
  const fits = (text: string): boolean => text.toLowerCase().includes(filter.toLowerCase());
  return (
    <Panel title="Activity">
      <p class="tools">
        <button type="button" aria-pressed={paused} onClick={() => pause(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <label>
          Filter <input value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
        {before !== null && (
          <button type="button" onClick={() => setBefore(null)}>
            Newest
          </button>
        )}
        {page.kind === 'here' && page.value.hasMore && (
          <button type="button" onClick={() => setBefore(page.value.cursor)}>
            Older
          </button>
        )}
      </p>
      <Show
        of={page}
        as={({ events }) => (
          <Table
            heads={['What', 'Transaction']}
            empty="Nothing has happened yet."
            rows={events
              .map((event) => [reads.describeEvent(event), event.digest] as const)
              .filter(([text]) => fits(text))
              .map(([text, digest]) => [text, <Id of={digest} page="tx" />])}
          />
        )}
      />
    </Panel>
  );
};

/** The page with nothing but the feed. */
export const ActivityPage = (props: PageProps): JSX.Element => <Feed {...props} count={50} />;
