/** Pieces that every page uses. Text of strangers is always a child, never markup. */
import type { ComponentChildren, JSX } from 'preact';
import type { Loaded } from './use.ts';

/** A part of a page under a heading. */
export const Panel = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): JSX.Element => (
  <section class="panel">
    <h2>{title}</h2>
    {children}
  </section>
);

/** What went wrong; nothing for null. */
export const Fault = ({ of }: { readonly of: string | null }): JSX.Element | null =>
  of === null ? null : (
    <p role="alert" class="bad">
      {of}
    </p>
  );

/** An input of a form whose values lie in one record, under its label. */
export const Field = ({
  name,
  label,
  values,
  set,
}: {
  readonly name: string;
  readonly label: string;
  readonly values: Readonly<Partial<Record<string, string>>>;
  readonly set: (values: Readonly<Partial<Record<string, string>>>) => void;
}): JSX.Element => (
  <label>
    {label}{' '}
    <input
      name={name}
      value={values[name] ?? ''}
      onInput={(event) => set({ ...values, [name]: event.currentTarget.value })}
    />
  </label>
);

/** Shows a value once it is here; why it is not, before. */
export const Show = <Value,>({
  of,
  as,
}: {
  readonly of: Loaded<Value>;
  readonly as: (value: Value) => JSX.Element;
}): JSX.Element => {
  if (of.kind === 'waiting') return <p class="quiet">Loading…</p>;
  if (of.kind === 'failed') return <Fault of={of.why} />;
  return (
    <>
      <Fault of={of.fault ?? null} />
      {as(of.value)}
    </>
  );
};

/** Rows under headings. `numbers`: columns that hold numbers, from 0. */
export const Table = ({
  heads,
  rows,
  numbers = [],
  empty,
}: {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
  readonly numbers?: readonly number[];
  readonly empty: string;
}): JSX.Element => {
  if (rows.length === 0) return <p class="quiet">{empty}</p>;
  const kind = (i: number): string => (numbers.includes(i) ? 'number' : '');
  return (
    // a wide table scrolls by itself, also with the keyboard
    // biome-ignore lint/a11y/useSemanticElements: a section or fieldset would be a landmark or a form
    <div class="scroll" role="group" tabIndex={0} aria-label={heads.join(', ')}>
      <table>
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th key={head} scope="col" class={kind(i)}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, i) => (
                <td key={heads[i]} class={kind(i)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

/** Names and values. */
export const Facts = ({ of }: { readonly of: readonly (readonly [string, ComponentChildren])[] }): JSX.Element => (
  <dl>
    {of.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

/** An id, shortened, with a link and the whole of it to copy. */
export const Id = ({
  of,
  page = 'object',
}: {
  readonly of: string;
  readonly page?: 'object' | 'package' | 'tx';
}): JSX.Element => (
  <a class="id" href={`#/${page}/${of}`} title={of}>
    {of.length > 18 ? `${of.slice(0, 10)}…${of.slice(-6)}` : of}
  </a>
);

/** A Move type with its addresses shortened. */
export const shortType = (type: string): string =>
  type.replace(/0x0*([0-9a-f]+)/gi, (_, digits: string) =>
    digits.length > 12 ? `0x${digits.slice(0, 6)}…` : `0x${digits}`,
  );

/** A row of the market by its number. */
export const Small = ({
  kind,
  of,
}: {
  readonly kind: 'stack' | 'node' | 'task';
  readonly of: bigint | null;
}): JSX.Element => (of === null ? <span>–</span> : <a href={`#/${kind}/${of}`}>{`${kind} ${of}`}</a>);

/** A share of the whole as a bar; the text says it too. */
export const Bar = ({
  part,
  whole,
  label,
}: {
  readonly part: bigint;
  readonly whole: bigint;
  readonly label: string;
}): JSX.Element => (
  <span class="bar">
    <meter min={0} max={1000} value={whole === 0n ? 0 : Number((part * 1000n) / whole)} aria-label={label} />
    <span>{label}</span>
  </span>
);
