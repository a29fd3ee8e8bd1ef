/** Something that happened moment by moment, played again or moved through by hand. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Where it stands. */
export interface Player {
  /** From 0; the last one unless it was moved, also when more follow. -1 where there is none. */
  readonly at: number;
  readonly count: number;
  readonly playing: boolean;
  /** Plays, from the beginning if it stands at the end; or stops. */
  readonly press: () => void;
  readonly move: (at: number) => void;
}

/** Plays `count` moments, one every `stepMs`. */
export const usePlayer = (count: number, stepMs: number): Player => {
  const [chosen, choose] = useState<number | null>(null);
  const [playing, play] = useState(false);
  const last = count - 1;
  const at = Math.min(chosen ?? last, last);
  const unlessLast = (moment: number): number | null => (moment >= last ? null : moment);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => choose((before) => unlessLast((before ?? last) + 1)), stepMs);
    return () => clearInterval(timer);
  }, [playing, last, stepMs]);
  useEffect(() => {
    if (playing && at >= last) play(false);
  }, [playing, at, last]);
  return {
    at,
    count,
    playing,
    press: () => {
      if (!playing && at >= last) choose(unlessLast(0));
      play(!playing);
    },
    move: (moment) => {
      play(false);
      choose(unlessLast(moment));
    },
  };
};

/** Its button and slider. `unit`: what one moment is called. */
export const PlayerBar = ({
  of: { at, count, playing, press, move },
  unit,
}: {
  readonly of: Player;
  readonly unit: string;
}): JSX.Element => (
  <p class="tools">
    <button type="button" onClick={press}>
      {playing ? 'Stop' : 'Play'}
    </button>
    <label class="grow">
      {unit} {at + 1} of {count}{' '}
      <input
        type="range"
        name="moment"
        min={Math.min(1, count)}
        max={count}
        value={at + 1}
        onInput={(event) => move(Number(event.currentTarget.value) - 1)}
      />
    </label>
  </p>
);
