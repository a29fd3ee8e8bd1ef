/** What happens in the market, newest first, with a pause and a filter. */
import type { EventKind } from '@atoma/sdk';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Id, Panel, Show, Table } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 1_500;

/** A kind of event as people read it. */
const wordsOf = (kind: string): string =>
  kind
    .replace(/Event$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();

/** Newest events; `count` at a time. */
export const Feed = (props: PageProps & { readonly count: number }): JSX.Element => {
  const { reads, atoma, count } = props;
  const [paused, pause] = useState(false);
  const [filter, setFilter] = useState('');
  const [kind, choose] = useState<EventKind | undefined>(undefined);
  const [before, setBefore] = useState<string | null>(null);
  const page = useLoaded(
    () =>
      reads.listEvents(atoma, {
        order: 'descending',
        limit: count,
        ...(kind ? { kind } : {}),
        ...(before === null ? {} : { before }),
      }),
    [paused, before, kind],
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
          Kind{' '}
          <select
            name="kind"
            value={kind ?? ''}
            onChange={(event) => {
              const { value } = event.currentTarget;
              choose(reads.eventKinds.find((each) => each === value));
              setBefore(null);
            }}
          >
            <option value="">all</option>
            {reads.eventKinds.map((each) => (
              <option key={each} value={each}>
                {wordsOf(each)}
              </option>
            ))}
          </select>
        </label>
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
            empty={kind ? 'Nothing of this kind has happened yet.' : 'Nothing has happened yet.'}
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
