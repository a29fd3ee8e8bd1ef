/** Small charts as SVG; the figures stand beside them as text. */
import type { JSX } from 'preact';

const [WIDTH, HEIGHT] = [300, 80];

/** A series. */
export interface Series {
  readonly name: string;
  /** Oldest first; null: unknown. */
  readonly values: readonly (number | null)[];
}

const path = (values: readonly (number | null)[], most: number): string => {
  const step = values.length > 1 ? WIDTH / (values.length - 1) : 0;
  let pen = 'M';
  return values
    .map((value, i) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const point = `${pen}${(i * step).toFixed(1)} ${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`;
      pen = 'L';
      return point;
    })
    .join('');
};

/** Lines over one axis that begins at 0. `said` tells the newest values. */
export const Lines = ({
  title,
  said,
  series,
}: {
  readonly title: string;
  readonly said: string;
  readonly series: readonly Series[];
}): JSX.Element => {
  const most = Math.max(1e-9, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return (
    <figure class="chart">
      <figcaption>
        {title} <strong>{said}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${said}`}>
        {series.map(({ name, values }, i) => (
          <path key={name} d={path(values, most)} class={`line line${i}`} />
        ))}
      </svg>
      {series.length > 1 && (
        <p class="quiet">
          {series.map(({ name }, i) => (
            <span key={name} class={`key key${i}`}>
              {name}
            </span>
          ))}
        </p>
      )}
    </figure>
  );
};

/** One bar. */
export interface Column {
  readonly name: string;
  readonly value: number;
  /** The value as people read it. */
  readonly said: string;
}

/** Bars side by side, each with its text. */
export const Columns = ({
  title,
  columns,
  empty,
}: {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly empty: string;
}): JSX.Element => {
  const most = Math.max(1e-9, ...columns.map(({ value }) => value));
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      {columns.length === 0 ? (
        <p class="quiet">{empty}</p>
      ) : (
        <ul class="columns">
          {columns.map(({ name, value, said }) => (
            <li key={name}>
              <span class="quiet">{name}</span>
              <meter min={0} max={most} value={value} aria-label={`${name}: ${said}`} />
              <span>{said}</span>
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
};
