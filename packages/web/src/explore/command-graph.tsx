/** The commands of a transaction as a graph: each command a row, an arc from the command whose result another one takes. */
import type { JSX } from 'preact';
import { Id } from '../parts.tsx';
import type { Step, Taken } from './commands.ts';

const [ROW, WIDTH, LEFT] = [34, 220, 60];

const edgesOf = (steps: readonly Step[]): readonly (readonly [number, number])[] => {
  const edges = steps.flatMap(({ takes }, to) =>
    takes.flatMap((taken) => (taken.kind === 'result' ? [[taken.of, to] as const] : [])),
  );
  return [...new Map(edges.map((edge) => [edge.join(' '), edge])).values()];
};

const arc = (from: number, to: number): string => {
  const [a, b] = [from * ROW + ROW / 2, to * ROW + ROW / 2];
  const depth = Math.min(LEFT - 8, 14 + (to - from) * 8);
  return `M${LEFT} ${a}C${LEFT - depth} ${a} ${LEFT - depth} ${b} ${LEFT} ${b}`;
};

const MOST_DRAWN = 60;

const Graph = ({ steps }: { readonly steps: readonly Step[] }): JSX.Element | null => {
  const edges = edgesOf(steps);
  if (edges.length === 0 || steps.length > MOST_DRAWN) return null;
  const words = edges.map(([from, to]) => `command ${to} takes the result of command ${from}`).join('; ');
  return (
    <svg class="graph" viewBox={`0 0 ${LEFT + WIDTH} ${steps.length * ROW}`} role="img" aria-label={words}>
      {edges.map(([from, to]) => (
        <path key={`${from} ${to}`} d={arc(from, to)} class="line" />
      ))}
      {steps.map(({ title }, i) => (
        <g key={i}>
          <rect x={LEFT} y={i * ROW + 4} width={WIDTH - 2} height={ROW - 8} rx={5} class="node" />
          <text x={LEFT + 8} y={i * ROW + ROW / 2 + 4}>
            {`${i} ${title.length > 28 ? `${title.slice(0, 27)}…` : title}`}
          </text>
        </g>
      ))}
    </svg>
  );
};

const TakenText = ({ taken }: { readonly taken: Taken }): JSX.Element => {
  switch (taken.kind) {
    case 'gas':
      return <span>the gas coin</span>;
    case 'result':
      return <span>result of command {taken.of}</span>;
    case 'object':
      return (
        <span>
          <span class="quiet">{taken.type}</span> <Id of={taken.id} />
        </span>
      );
    case 'value':
      return (
        <span>
          <span class="quiet">{taken.type}</span> <code>{taken.text}</code>
        </span>
      );
  }
};

/** Graph and list. */
export const Commands = ({ steps }: { readonly steps: readonly Step[] }): JSX.Element => (
  <>
    <Graph steps={steps} />
    <ol class="commands" start={0}>
      {steps.map(({ title, package: id, typeArguments, takes }, i) => (
        <li key={i}>
          <strong>{title}</strong>
          {id !== null && (
            <>
              {' of '}
              <Id of={id} page="package" />
            </>
          )}
          {typeArguments.length > 0 && <code> {typeArguments.join(', ')}</code>}
          <ul>
            {takes.map((taken, at) => (
              <li key={at}>
                <TakenText taken={taken} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  </>
);
