/** A console behind a token: asked for once, kept in this page's memory, sent nowhere but to the server that showed the page. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { Fault, Panel } from './parts.tsx';
import { reasonOf } from './use.ts';

let known: string | null = null;

/** The token that was given on this page; null before. */
export const knownToken = (): string | null => known;

/** Asks for the token until `check` answers to it, then shows the rest. */
export const WithToken = ({
  title,
  check,
  where,
  as,
}: {
  readonly title: string;
  /** Address that answers only to the token. */
  readonly check: string;
  /** Where a person finds it. */
  readonly where: string;
  readonly as: (token: string) => JSX.Element;
}): JSX.Element => {
  const [token, keep] = useState(known);
  const [typed, type] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  if (token !== null) return as(token);
  const open = async (): Promise<void> => {
    try {
      await ask({ url: check, token: typed.trim() });
      known = typed.trim();
      keep(known);
    } catch (error) {
      setFault(reasonOf(error));
    }
  };
  return (
    <Panel title={title}>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <label class="grow">
          Token{' '}
          <input
            type="password"
            autocomplete="off"
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <button type="submit">Open</button>
      </form>
      <Fault of={fault} />
      <p class="quiet">{where}</p>
    </Panel>
  );
};
