/** The clock of an embedded ledger: epochs and time move on, snapshots are taken and gone back to. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../ask.ts';
import { number, record, text } from '../json.ts';
import { Facts, Fault, Panel, Show, Table } from '../parts.tsx';
import { isHere } from '../site.ts';
import { timeText } from '../text.ts';
import { reasonOf, useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 1_000;
const HOUR_MS = 3_600_000;

interface Snapshot {
  readonly checkpoint: number;
  readonly epoch: string;
  readonly takenMs: number;
}

/** What waits for a second press. */
interface Asked {
  readonly words: string;
  readonly act: () => Promise<void>;
}

const Sure = ({ of: { words, act }, stay }: { readonly of: Asked; readonly stay: () => void }): JSX.Element => (
  <p role="alertdialog" aria-label="Are you sure?" class="tools">
    <strong>{words}</strong>
    <button type="button" class="danger" onClick={() => void act()}>
      Yes, go back
    </button>
    <button type="button" onClick={stay}>
      Stay
    </button>
  </p>
);

interface SnapshotsProps {
  readonly of: readonly Snapshot[];
  readonly goBack: (checkpoint: number) => void;
}

const Snapshots = ({ of: snapshots, goBack }: SnapshotsProps): JSX.Element => (
  <Panel title="Snapshots of this page">
    <Table
      heads={['Checkpoint', 'Epoch', 'Taken', 'Go back']}
      numbers={[0, 1]}
      empty="None was taken yet."
      rows={snapshots.map(({ checkpoint, epoch, takenMs }) => [
        String(checkpoint),
        epoch,
        timeText(takenMs),
        <button type="button" onClick={() => goBack(checkpoint)}>
          Go back to {checkpoint}
        </button>,
      ])}
    />
    <p class="quiet">Nodes and gateways keep books of their own: they do not go back with the ledger.</p>
  </Panel>
);

const Machine = (): JSX.Element => {
  const [round, again] = useState(0);
  const [fault, setFault] = useState<string | null>(null);
  const [asked, askFor] = useState<Asked | null>(null);
  const [snapshots, keep] = useState<readonly Snapshot[]>([]);
  const status = useLoaded(async () => record(await ask({ url: '/admin/status' })), [], EVERY_MS, round);
  const post = async (path: string, body: object = {}): Promise<unknown> => {
    setFault(null);
    askFor(null);
    try {
      return await ask({ url: `/admin/${path}`, method: 'POST', body });
    } catch (error) {
      setFault(reasonOf(error));
      return undefined;
    } finally {
      again((before) => before + 1);
    }
  };
  const snapshot = async (): Promise<void> => {
    const epoch = status.kind === 'here' ? text(status.value.epoch) : '';
    const said = record(await post('snapshot'));
    if (said.checkpoint !== undefined)
      keep((before) => [{ checkpoint: number(said.checkpoint), epoch, takenMs: Date.now() }, ...before]);
  };
  const back = (checkpoint: number): Asked => ({
    words: `Everything after checkpoint ${checkpoint} will be gone for ever, for everybody who uses this ledger.`,
    act: async () => {
      await post('restore', { checkpoint });
      keep((before) => before.filter((each) => each.checkpoint <= checkpoint));
    },
  });
  return (
    <>
      <Panel title="Time of this ledger">
        <Show
          of={status}
          as={(said) => (
            <Facts
              of={[
                ['Epoch', text(said.epoch)],
                ['Checkpoint', text(said.checkpoint)],
                ['Its clock', timeText(number(said.timestampMs))],
                ['An epoch lasts', `${number(said.epochDurationMs) / 1_000} s`],
                ['Begins again at checkpoint', text(said.start) || '0'],
              ]}
            />
          )}
        />
        <p class="tools">
          <button type="button" onClick={() => void post('epoch', { count: 1 })}>
            End this epoch
          </button>
          <button type="button" onClick={() => void post('epoch', { count: 2 })}>
            End two epochs
          </button>
          <button type="button" onClick={() => void post('clock', { ms: HOUR_MS })}>
            An hour later
          </button>
          <button type="button" onClick={() => void snapshot()}>
            Take a snapshot
          </button>
          <button
            type="button"
            class="danger"
            onClick={() =>
              askFor({
                words: 'Everything since the ledger’s beginning will be gone for ever, for everybody who uses it.',
                act: async () => {
                  await post('reset');
                  keep([]);
                },
              })
            }
          >
            Back to the beginning
          </button>
        </p>
        {asked && <Sure of={asked} stay={() => askFor(null)} />}
        <Fault of={fault} />
      </Panel>
      <Replay />
      <Snapshots of={snapshots} goBack={(checkpoint) => askFor(back(checkpoint))} />
    </>
  );
};

/** The ledger's history executed again from its genesis; the ledger itself goes on meanwhile. */
const Replay = (): JSX.Element => {
  const [round, again] = useState(0);
  const done = useLoaded(
    async () => (round === 0 ? null : record(await ask({ url: '/admin/replay', method: 'POST', body: {} }))),
    [round],
  );
  return (
    <Panel title="Replay">
      <p>
        <button type="button" disabled={round > 0 && done.kind === 'waiting'} onClick={() => again(round + 1)}>
          Execute the whole history again
        </button>
      </p>
      <Show
        of={done}
        as={(said) =>
          said === null ? (
            <p class="quiet">
              Every transaction is checked and executed again on a copy, from genesis, at its time and with its
              randomness. Every checkpoint must come out as it is.
            </p>
          ) : (
            <p class="good" role="status">
              {text(said.transactions)} transactions in {text(said.checkpoints)} checkpoints were executed again and
              come out the same, to state <code>{text(said.stateDigest)}</code>.
            </p>
          )
        }
      />
    </Panel>
  );
};

/** The page. The admin interface answers only pages that the ledger's own address showed. */
export const TimePage = ({ site }: PageProps): JSX.Element => {
  if (site.ours && isHere(site.ledger)) return <Machine />;
  return (
    <Panel title="Time of the ledger">
      {site.ours ? (
        <p>
          It is moved at the ledger’s own address: <a href={`${site.ledger}/#/time`}>{site.ledger}</a>.
        </p>
      ) : (
        <p>Only an embedded ledger’s time can be moved.</p>
      )}
    </Panel>
  );
};
