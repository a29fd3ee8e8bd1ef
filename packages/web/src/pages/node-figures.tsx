/** What a node's metrics say, as they grow while the page is open. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { send } from '../ask.ts';
import { Lines } from '../chart.tsx';
import { type Look, parseMetrics, quantile, rate, total } from '../metrics.ts';
import { Fault, Panel } from '../parts.tsx';
import { reasonOf } from '../use.ts';

const EVERY_MS = 2_000;
/** Looks that are kept: ten minutes. */
const KEPT = 300;
/** Looks a rate or a quantile is taken over. */
const SPAN = 5;

const FIRST_BYTE = 'atoma_node_first_byte_seconds';

/** A value for each look but the first, from it and one a few looks before. */
const series = <Value,>(looks: readonly Look[], of: (before: Look, after: Look) => Value): readonly Value[] =>
  looks.slice(1).map((look, i) => of(looks[Math.max(0, i + 1 - SPAN)] as Look, look));

const fixed = (value: number | null | undefined, digits: number, unit: string): string =>
  value === null || value === undefined ? 'none yet' : `${value.toFixed(digits)}${unit}`;

/** Milliseconds to the first byte; where nothing came lately, of all time. */
const firstByte = (looks: readonly Look[], share: number): number | null => {
  const last = looks.at(-1);
  const before = looks.at(-1 - SPAN) ?? null;
  const seconds = last && (quantile(before, last, FIRST_BYTE, share) ?? quantile(null, last, FIRST_BYTE, share));
  return typeof seconds === 'number' ? seconds * 1_000 : null;
};

/** Requests, tokens and times of a node that answers `/metrics` at this page's address. */
export const Figures = ({ token }: { readonly token: string | null }): JSX.Element => {
  const [looks, setLooks] = useState<readonly Look[]>([]);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    let isLooking = false;
    const look = async (): Promise<void> => {
      if (document.hidden || isLooking) return;
      isLooking = true;
      try {
        const text = await (await send({ url: '/metrics', ...(token === null ? {} : { token }) })).text();
        if (gone) return;
        const next = { atMs: performance.now(), samples: parseMetrics(text) };
        setFault(null);
        setLooks((before) => [...before, next].slice(-KEPT));
      } catch (error) {
        if (!gone) setFault(reasonOf(error));
      } finally {
        isLooking = false;
      }
    };
    void look();
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [token]);
  const requests = series(looks, (a, b) => rate(a, b, 'atoma_node_requests_total'));
  const tokens = series(looks, (a, b) => rate(a, b, 'atoma_node_units_total'));
  const running = looks.map((look) => total(look, 'atoma_node_running_requests'));
  const times = [0.5, 0.95].map((share) => firstByte(looks, share));
  const toMs = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1_000);
  const last = looks.at(-1);
  return (
    <Panel title="Work">
      <Fault of={fault} />
      <div class="charts">
        <Lines
          title="Requests a second"
          said={fixed(requests.at(-1), 1, '')}
          series={[{ name: 'requests', values: requests }]}
        />
        <Lines
          title="Tokens a second"
          said={fixed(tokens.at(-1), 0, '')}
          series={[{ name: 'units', values: tokens }]}
        />
        <Lines
          title="Time to first token"
          said={`${fixed(times[0], 1, ' ms')}, of 95 in 100 ${fixed(times[1], 1, ' ms')}`}
          series={[0.5, 0.95].map((share) => ({
            name: share === 0.5 ? 'half' : '95 in 100',
            values: series(looks, (a, b) => toMs(quantile(a, b, FIRST_BYTE, share))),
          }))}
        />
        <Lines
          title="In the engines"
          said={fixed(running.at(-1), 0, '')}
          series={[{ name: 'running', values: running }]}
        />
      </div>
      {last && (
        <p class="quiet">
          {total(last, 'atoma_node_requests_total').toLocaleString('en')} requests and{' '}
          {total(last, 'atoma_node_units_total').toLocaleString('en')} units since it was started;{' '}
          {total(last, 'atoma_node_chain_errors_total').toLocaleString('en')} calls of the chain failed.
        </p>
      )}
    </Panel>
  );
};
