/** Where every TOMA is, over time, with its sums checked in the page. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Amounts, type Frame, type Place, places } from '../money/flow.ts';
import { type MoneyHistory, readMoneyHistory } from '../money/read.ts';
import { Id, Panel, Show } from '../parts.tsx';
import { timeText } from '../text.ts';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const STEP_MS = 350;
const EVERY_MS = 5_000;
/** Of a market that is too large to be followed: its rows are summed again. */
const LARGE_EVERY_MS = 60_000;

const names: Readonly<Record<Place, string>> = {
  wallets: 'In wallets',
  stakes: 'Stakes of nodes',
  escrow: 'Prepaid, in stacks',
  bonds: 'Bonds of nodes, in stacks',
  challengers: 'Bonds of challengers',
  earnings: 'Earned, not withdrawn',
  pool: 'The pool',
};

/** Width of a bar, permille: the square root, so that small amounts are seen beside large ones. */
const widthOf = (amount: bigint, supply: bigint): number =>
  supply === 0n ? 0 : Math.sqrt(Number((amount * 1_000_000n) / supply));

const signed = (amount: bigint, format: (amount: bigint) => string): string =>
  `${amount > 0n ? '+' : '−'}${format(amount < 0n ? -amount : amount)}`;

const Places = ({
  amounts,
  changes,
  supply,
  format,
}: {
  readonly amounts: Amounts;
  readonly changes: Amounts | null;
  readonly supply: bigint;
  readonly format: (amount: bigint) => string;
}): JSX.Element => (
  <ul class="places">
    {places.map((place) => {
      const change = changes?.[place] ?? 0n;
      return (
        <li key={place} class={change > 0n ? 'gains' : change < 0n ? 'loses' : ''}>
          <span>{names[place]}</span>
          <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="flow" width={widthOf(amounts[place], supply)} height={10} />
          </svg>
          <strong>{format(amounts[place])}</strong>
          <span class={change > 0n ? 'good' : change < 0n ? 'bad' : 'quiet'}>
            {change === 0n ? '' : signed(change, format)}
          </span>
        </li>
      );
    })}
  </ul>
);

const agreesWith = (frames: readonly Frame[], { now, supply }: MoneyHistory): boolean => {
  const last = frames.at(-1);
  return last !== undefined && last.supply === supply && places.every((place) => last.amounts[place] === now[place]);
};

const Player = (props: PageProps & { readonly history: MoneyHistory }): JSX.Element => {
  const { history, reads } = props;
  const { frames } = history;
  const [at, setAt] = useState<number | null>(null);
  const [playing, play] = useState(false);
  const index = Math.min(at ?? frames.length - 1, frames.length - 1);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => setAt((before) => Math.min((before ?? 0) + 1, frames.length - 1)), STEP_MS);
    return () => clearInterval(timer);
  }, [playing, frames.length]);
  useEffect(() => {
    if (playing && index === frames.length - 1) play(false);
  }, [playing, index, frames.length]);
  const frame = frames[index] as Frame;
  const wrong = frames.filter(({ whole }) => !whole).length;
  const agrees = agreesWith(frames, history);
  return (
    <>
      <p class="tools">
        <button
          type="button"
          onClick={() => {
            if (!playing && index === frames.length - 1) setAt(0);
            play(!playing);
          }}
        >
          {playing ? 'Stop' : 'Play'}
        </button>
        <label class="grow">
          Transaction {index + 1} of {frames.length}{' '}
          <input
            type="range"
            min={0}
            max={frames.length - 1}
            value={index}
            onInput={(event) => {
              play(false);
              setAt(Number(event.currentTarget.value));
            }}
          />
        </label>
      </p>
      <p class="story">
        <span class="quiet">
          {timeText(frame.timestampMs)}, epoch {String(frame.epoch)}
        </span>{' '}
        <Id of={frame.digest} page="tx" /> {frame.events.map((event) => reads.describeEvent(event)).join('; ')}
      </p>
      <Places amounts={frame.amounts} changes={frame.changes} supply={frame.supply} format={reads.formatAmount} />
      <p class={wrong === 0 ? 'good' : 'bad'} role="status">
        {wrong === 0
          ? `After each of ${frames.length} transactions all places together are what was minted, to the unit.`
          : `After ${wrong} of ${frames.length} transactions the places are not what was minted.`}
      </p>
      <p class={agrees ? 'good' : 'quiet'} role="status">
        {agrees
          ? 'The rows of the market say the same of now, place by place.'
          : 'The rows of the market have moved on, or say something else; the page looks again.'}
      </p>
    </>
  );
};

/** The page. */
export const MoneyPage = (props: PageProps): JSX.Element => {
  const { reads } = props;
  const [isLarge, know] = useState(false);
  const loaded = useLoaded(
    async () => {
      const history = await readMoneyHistory(props);
      know(history.frames.length === 0);
      return history;
    },
    [],
    isLarge ? LARGE_EVERY_MS : EVERY_MS,
  );
  return (
    <Panel title="Where every TOMA is">
      <Show
        of={loaded}
        as={(history) =>
          history.frames.length > 0 ? (
            <Player {...props} history={history} />
          ) : (
            <>
              <Places amounts={history.now} changes={null} supply={history.supply} format={reads.formatAmount} />
              <p class="quiet">
                This market has seen too many transactions to follow each in a page: this is how things stand now, with
                wallets as what is left of {reads.formatAmount(history.supply)}.
              </p>
            </>
          )
        }
      />
    </Panel>
  );
};
