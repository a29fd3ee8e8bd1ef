/** Texts on a map: near each other where the model finds them alike. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { record, rows } from '../json.ts';
import type { DeskProps } from '../pages/play.tsx';
import { Fault, Table } from '../parts.tsx';
import type { Verdict } from './check.ts';
import { askWhole } from './desk.ts';
import { layOut, similarity } from './map.ts';
import { Note, verdictOn } from './note.tsx';
import { useDesk } from './use-desk.ts';

const SIZE = 320;
const MARGIN = 30;
const MOST = 40;
const FIRST =
  'a stack of compute units\na receipt for an answer\na jury convicts the cheat\na dog runs in the park\na cat sleeps on the sofa';

const placeOf = (value: number): number => MARGIN + ((value + 1) / 2) * (SIZE - 2 * MARGIN);

interface Placed {
  readonly texts: readonly string[];
  readonly vectors: readonly (readonly number[])[];
  readonly verdict: Verdict;
}

const Plane = ({ texts, vectors }: Placed): JSX.Element => {
  const points = layOut(vectors);
  return (
    <svg class="map" viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label="Texts by likeness; the table says the same">
      {points.map(({ x, y }, i) => (
        <g key={i}>
          <circle cx={placeOf(x)} cy={placeOf(y)} r={5} class="flow" />
          <text x={placeOf(x) + 8} y={placeOf(y) + 4}>
            {i + 1}
          </text>
          <title>{texts[i]}</title>
        </g>
      ))}
    </svg>
  );
};

const nearest = ({ texts, vectors }: Placed, at: number): string => {
  let [best, found] = [-2, -1];
  vectors.forEach((vector, i) => {
    const like = i === at ? -2 : similarity(vectors[at] ?? [], vector);
    if (like > best) [best, found] = [like, i];
  });
  return found < 0 ? '–' : `${found + 1}: ${texts[found]} (${best.toFixed(3)})`;
};

/** The desk. */
export const EmbeddingsDesk = (props: DeskProps): JSX.Element => {
  const [typed, type] = useState(FIRST);
  const [placed, place] = useState<Placed | null>(null);
  const { busy, fault, run } = useDesk(props.desk);
  const ask = (): Promise<void> =>
    run(async (desk) => {
      const texts = typed
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .slice(0, MOST);
      const whole = await askWhole(desk, '/embeddings', { model: desk.model, input: texts, encoding_format: 'float' });
      const { data } = record(JSON.parse(new TextDecoder().decode(whole.body)));
      const vectors = rows(data).map(({ embedding }) => (Array.isArray(embedding) ? embedding.map(Number) : []));
      place({ texts, vectors, verdict: await verdictOn(props, whole.content, whole.proof) });
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void ask();
      }}
    >
      <label>
        Texts, one a line
        <textarea rows={5} value={typed} onInput={(event) => type(event.currentTarget.value)} />
      </label>
      <p class="tools">
        <button type="submit" disabled={busy}>
          Put them on a map
        </button>
      </p>
      <Fault of={fault} />
      {placed && (
        <>
          <Plane {...placed} />
          <Note of={placed.verdict} />
          <Table
            heads={['Number', 'Text', 'Most like']}
            numbers={[0]}
            empty="No text was given."
            rows={placed.texts.map((text, i) => [String(i + 1), text, nearest(placed, i)])}
          />
        </>
      )}
    </form>
  );
};
