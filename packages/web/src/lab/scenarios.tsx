/** Scenarios of the lab, played in the page: each event in words, what it paid, and what everybody has more or less by then. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask, Refused } from '../ask.ts';
import { record, rows, text } from '../json.ts';
import type { PageProps } from '../pages/props.ts';
import { Facts, Fault, Panel, Show, Table } from '../parts.tsx';
import { PlayerBar, usePlayer } from '../player.tsx';
import { useLoaded } from '../use.ts';
import { netAfter, type Recording, readRecording, readReports } from './recording.ts';

const STEP_MS = 900;
/** Pause between two looks whether a scenario has been played. */
const LOOK_MS = 1_000;

type Reads = Pick<PageProps, 'reads'>;

const Player = ({ reads, recording }: Reads & { readonly recording: Recording }): JSX.Element => {
  const { moments } = recording;
  const player = usePlayer(moments.length, STEP_MS);
  const count = player.at + 1;
  return (
    <>
      <Facts
        of={[
          ['Caught', `${recording.caught} of ${recording.stacks} stacks`],
          ['By the formula', recording.formula],
          ...(recording.assumption === '' ? [] : [['An assumption fails here', recording.assumption] as const]),
        ]}
      />
      <PlayerBar of={player} unit="Event" />
      <p aria-live="polite">{moments[count - 1]?.said ?? 'Nothing happened.'}</p>
      <Table
        heads={['Event', 'What happened on its last stack', 'Who paid whom']}
        numbers={[0]}
        empty="Nothing happened."
        rows={moments
          .slice(0, count)
          .map(({ said, payments }, i) => [
            String(i + 1),
            said,
            payments.map(({ from, to, amount }) => `${from} to ${to}: ${reads.formatAmount(amount)}`).join('; ') || '–',
          ])}
      />
      <h3>What everybody has more or less by then</h3>
      <Table
        heads={['Holder', 'TOMA']}
        numbers={[1]}
        empty="Nobody has been paid yet."
        rows={netAfter(recording, count).map(([who, amount]) => [
          who,
          <span class={amount < 0n ? 'bad' : 'good'}>
            {amount > 0n ? '+' : ''}
            {reads.formatAmount(amount)}
          </span>,
        ])}
      />
    </>
  );
};

/** One scenario: asked for until it has been played. */
const Played = ({ reads, name }: Reads & { readonly name: string }): JSX.Element => {
  const [done, end] = useState(false);
  const played = useLoaded(
    async () => {
      const said = record(await ask({ url: `lab/${name}.json` }));
      if (said.kind === 'failed') throw new Refused(text(said.why));
      end(said.kind === 'played');
      return said.kind === 'played' ? readRecording(said.report) : null;
    },
    [name, done],
    done ? undefined : LOOK_MS,
  );
  return (
    <Show
      of={played}
      as={(recording) =>
        recording === null ? (
          <p class="quiet">It is being played on the real contract …</p>
        ) : (
          <Player key={name} reads={reads} recording={recording} />
        )
      }
    />
  );
};

/** Scenarios of one's own: played by the command, shown here. */
const FromFile = ({ reads }: Reads): JSX.Element => {
  const [read, keep] = useState<{ readonly round: number; readonly recordings: readonly Recording[] } | null>(null);
  const open = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const recordings = readReports(await file.text());
    keep((before) => ({ round: (before?.round ?? 0) + 1, recordings }));
  };
  return (
    <>
      <p>
        <label>
          Or what <code>atoma lab run FILE.yaml --json</code> printed of your own{' '}
          <input type="file" onChange={(event) => void open(event.currentTarget.files?.[0])} />
        </label>
      </p>
      {read?.recordings.length === 0 && <Fault of="The file holds no report of the lab." />}
      {read?.recordings.map((recording, i) => (
        <section key={`${read.round} ${i}`}>
          <h3>{recording.name}</h3>
          <Player reads={reads} recording={recording} />
        </section>
      ))}
    </>
  );
};

/** The panel. */
export const Scenarios = ({ reads }: Reads): JSX.Element => {
  const [chosen, choose] = useState('');
  const list = useLoaded(async () => rows(record(await ask({ url: 'lab.json' })).scenarios), []);
  return (
    <Panel title="Watch a scenario">
      <Show
        of={list}
        as={(scenarios) => (
          <label>
            Scenario{' '}
            <select name="scenario" value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
              <option value="">choose one</option>
              {scenarios.map(({ name, what }) => (
                <option key={text(name)} value={text(name)}>
                  {text(name)}: {text(what)}
                </option>
              ))}
            </select>
          </label>
        )}
      />
      {chosen !== '' && <Played key={chosen} reads={reads} name={chosen} />}
      <FromFile reads={reads} />
    </Panel>
  );
};
