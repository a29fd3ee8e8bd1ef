/** A playground at the market: every answer with its cost and its receipt, checked in the page, and the code that does the same. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { ask } from '../ask.ts';
import { number, record, rows, text } from '../json.ts';
import { Facts, Panel, Show } from '../parts.tsx';
import { ChatDesk } from '../play/chat.tsx';
import type { Desk } from '../play/desk.ts';
import { EmbeddingsDesk } from '../play/embeddings.tsx';
import { ImageDesk, SpeechDesk, TranscriptionDesk } from '../play/media.tsx';
import { snippets } from '../play/snippets.ts';
import { isHere } from '../site.ts';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

/** A model on offer to a key. */
interface Offer {
  readonly model: string;
  readonly role: number;
  readonly level: number | null;
  /** Base units a unit; empty: not told. */
  readonly price: string;
  readonly nodes: number;
}

const offerOf = (row: Readonly<Record<string, unknown>>): Offer => {
  const said = record(row.atoma);
  return {
    model: text(row.id),
    role: number(said.role),
    level: number(said.level),
    price: text(said.price),
    nodes: number(said.nodes),
  };
};

/** What a desk is given. */
export type DeskProps = PageProps & {
  /** Makes a request's surroundings; null without a key. */
  readonly desk: (signal: AbortSignal) => Desk | null;
  readonly stream: boolean;
};

const Desks = ({ role, ...props }: DeskProps & { readonly role: number }): JSX.Element => {
  if (role === 1) return <EmbeddingsDesk {...props} />;
  if (role === 3) return <ImageDesk {...props} />;
  if (role === 4) return <SpeechDesk {...props} />;
  if (role === 5) return <TranscriptionDesk {...props} />;
  return <ChatDesk {...props} />;
};

const Play = (props: PageProps & { readonly gateway: string }): JSX.Element => {
  const { site, reads, gateway } = props;
  const [key, setKey] = useState('');
  const [chosen, choose] = useState('');
  const [stream, setStream] = useState(true);
  const whole = useRef(key);
  whole.current = key.trim();
  const offers = useLoaded(async (): Promise<readonly Offer[]> => {
    if (!/^atk_\w+_\S{20,}$/.test(key.trim()))
      return site.models.map((model) => ({ model, role: 0, level: null, price: '', nodes: 0 }));
    return rows(record(await ask({ url: `${gateway}/models`, token: key.trim() })).data).map(offerOf);
  }, [key.trim()]);
  return (
    <Panel title="Playground">
      <form class="tools" onSubmit={(event) => event.preventDefault()}>
        <label>
          Key{' '}
          <input
            type="password"
            autocomplete="off"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
            placeholder="printed by atoma up"
          />
        </label>
        <Show
          of={offers}
          as={(list) => (
            <label>
              Model{' '}
              <select value={chosen || list[0]?.model} onChange={(event) => choose(event.currentTarget.value)}>
                {list.map(({ model }) => (
                  <option key={model}>{model}</option>
                ))}
              </select>
            </label>
          )}
        />
        <label>
          <input type="checkbox" checked={stream} onChange={() => setStream(!stream)} /> As it is written
        </label>
      </form>
      <Show
        of={offers}
        as={(list) => {
          const offer = list.find(({ model }) => model === chosen) ?? list[0];
          if (!offer) return <p class="quiet">This key is offered no model.</p>;
          const desk = (signal: AbortSignal): Desk | null =>
            whole.current === '' ? null : { url: gateway, key: whole.current, model: offer.model, signal };
          return (
            <>
              {offer.level !== null && (
                <Facts
                  of={[
                    ['What it does', reads.roleName(offer.role)],
                    ['Level', reads.securityLevelName(offer.level)],
                    ['Price of a unit', `${offer.price} base units`],
                    ['Nodes', String(offer.nodes)],
                  ]}
                />
              )}
              <Desks key={`${offer.model} ${offer.role}`} {...props} role={offer.role} desk={desk} stream={stream} />
              <h3>The same from a program</h3>
              {snippets({ url: gateway, model: offer.model, role: offer.role, stream }).map(([name, code]) => (
                <details key={name}>
                  <summary>{name}</summary>
                  <pre tabIndex={0}>{code}</pre>
                </details>
              ))}
            </>
          );
        }}
      />
    </Panel>
  );
};

/** The page. The key stays in this page's memory and goes nowhere but to the gateway that showed it. */
export const PlayPage = (props: PageProps): JSX.Element => {
  const { gateway } = props.site;
  if (gateway !== null && isHere(gateway)) return <Play {...props} gateway={gateway} />;
  return (
    <Panel title="Playground">
      {gateway === null ? (
        <p>No gateway runs beside this ledger. `atoma up` starts both.</p>
      ) : (
        <p>
          It is at the gateway’s own address: <a href={`${new URL(gateway).origin}/#/play`}>{gateway}</a>.
        </p>
      )}
    </Panel>
  );
};
