/** Where every TOMA is, over time, with its sums checked in the page. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Amounts, type Frame, type Place, places } from '../money/flow.ts';
import { FOLLOWED, type MoneyHistory, readMoneyHistory } from '../money/read.ts';
import { Id, Panel, Show } from '../parts.tsx';
import { PlayerBar, usePlayer } from '../player.tsx';
import { timeText } from '../text.ts';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const STEP_MS = 350;
const EVERY_MS = 5_000;
/** Of a market with a longer history: its rows are summed again. */
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
  const player = usePlayer(frames.length, STEP_MS);
  const frame = frames[player.at];
  if (!frame) return <p class="quiet">Nothing has moved yet.</p>;
  const wrong = frames.filter(({ whole }) => !whole).length;
  const agrees = agreesWith(frames, history);
  return (
    <>
      <PlayerBar of={player} unit="Transaction" />
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
      {history.more ? (
        <p class="quiet">
          There were transactions before: these are counted back from the rows of the market as they are now.
        </p>
      ) : (
        <p class={agrees ? 'good' : 'quiet'} role="status">
          {agrees
            ? 'The rows of the market say the same of now, place by place.'
            : 'The rows of the market have moved on, or say something else; the page looks again.'}
        </p>
      )}
    </>
  );
};

/** The page. */
export const MoneyPage = (props: PageProps): JSX.Element => {
  const [most, follow] = useState(FOLLOWED);
  const [isLarge, know] = useState(false);
  const loaded = useLoaded(
    async () => {
      const history = await readMoneyHistory(props, most);
      know(history.more);
      return history;
    },
    [],
    isLarge ? LARGE_EVERY_MS : EVERY_MS,
    most,
  );
  return (
    <Panel title="Where every TOMA is">
      <Show
        of={loaded}
        as={(history) => (
          <>
            <Player {...props} history={history} />
            {history.more && (
              <p class="tools">
                <button
                  type="button"
                  disabled={history.frames.length < most}
                  onClick={() => follow(history.frames.length + FOLLOWED)}
                >
                  {FOLLOWED} earlier ones too
                </button>
              </p>
            )}
          </>
        )}
      />
    </Panel>
  );
};
