/** What those who repeated the work found: the first row that differs, both answers, the distance of their values. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask, send } from '../ask.ts';
import { record, rows, text } from '../json.ts';
import type { PageProps } from '../pages/props.ts';
import { Facts, Panel, Show, Small } from '../parts.tsx';
import { isHere, nodeHere, type Site } from '../site.ts';
import { WithToken } from '../token.tsx';
import { useLoaded } from '../use.ts';
import type { Life } from './life.ts';

type Found = Readonly<Record<string, unknown>>;

/** Where this page may ask what checks found: the operator's surface of a node, or the administration of a gateway that runs nodes. */
const sourceOf = (site: Site) => {
  if (isHere(nodeHere(site)?.operator ?? null)) return { check: '/status', path: '/findings', receipts: null };
  return isHere(site.admin) ? { check: '/v1/status', path: '/v1/findings', receipts: '/v1/receipts' } : null;
};

/** The last message of a request, or all of what was asked. */
const questionOf = (body: string): string => {
  try {
    const asked = record(JSON.parse(body));
    const said = rows(asked.messages).at(-1)?.content ?? asked.prompt ?? asked.input;
    return typeof said === 'string' ? said : body;
  } catch {
    return body;
  }
};

const Distance = ({ of }: { readonly of: Found }): JSX.Element => {
  const { distance, threshold } = of;
  const { values, corrects, step } = record(of.sketch);
  if (typeof threshold !== 'number') return <span>the content is compared bit by bit</span>;
  if (typeof distance !== 'number')
    return (
      <span class="bad">
        its sketch does not open: of {text(values)} values more than {text(corrects)} steps of {text(step)} are wrong;{' '}
        {threshold} on average is allowed
      </span>
    );
  return (
    <span class={distance > threshold ? 'bad' : ''}>
      {distance.toFixed(4)} on average, {threshold} is allowed
    </span>
  );
};

const verdicts: Readonly<Record<string, string>> = {
  same: 'nothing is wrong with it by itself',
  other: 'work of another model',
  fault: 'it can never have been owed',
};

const Answer = ({ title, words, none }: { readonly title: string; readonly words: string; readonly none: string }) => (
  <section class="side">
    <h3>{title}</h3>
    {words === '' ? <p class="quiet">{none}</p> : <p class="said">{words}</p>}
  </section>
);

/** One repeated row. */
const Row = ({ of }: { readonly of: Found }): JSX.Element => (
  <>
    <Facts
      of={[
        ['Row', text(of.row)],
        [
          'Repeated by',
          <span>
            <Small kind="node" of={BigInt(text(of.node) || 0)} />, {text(of.as)}
          </span>,
        ],
        ['It comes to', verdicts[text(of.verdict)] ?? ''],
        ['Distance of its values', <Distance of={of} />],
        ['Asked', questionOf(text(of.question))],
      ]}
    />
    <div class="sides">
      <Answer
        title="The answer that was sold"
        words={text(of.claimed)}
        none="A checker is given the hash of it alone; its buyer and its node have it."
      />
      <Answer
        title="The answer when it is repeated"
        words={text(of.own)}
        none="It was evaluated at the tokens that were sold; nobody needed another answer."
      />
    </div>
  </>
);

/** The first row that is not as it was sold, by whoever found it; the first repeated one where each is sound by itself. */
const firstOf = (found: readonly Found[]): Found | undefined =>
  [...found].sort(
    (a, b) =>
      Number(a.verdict === 'same') - Number(b.verdict === 'same') ||
      Number(a.row) - Number(b.row) ||
      Number(text(a.own) === '') - Number(text(b.own) === ''),
  )[0];

const Findings = ({ of }: { readonly of: readonly Found[] }): JSX.Element => {
  const [shown, show] = useState<number | null>(null);
  const first = firstOf(of);
  const now = shown === null ? first : of[shown];
  if (!now) return <p class="quiet">Nobody who is asked here checked this stack since it was started.</p>;
  return (
    <>
      <label>
        Found by{' '}
        <select value={of.indexOf(now)} onChange={(event) => show(Number(event.currentTarget.value))}>
          {of.map((each, i) => (
            <option key={i} value={i}>
              node {text(each.node)}, row {text(each.row)}: {verdicts[text(each.verdict)] ?? ''}
            </option>
          ))}
        </select>
      </label>
      <Row of={now} />
    </>
  );
};

interface AskedProps {
  readonly path: string;
  /** Where receipts are; null: not here. */
  readonly receipts: string | null;
  readonly stack: bigint;
  readonly token: string;
}

const Asked = ({ path, receipts, stack, token }: AskedProps): JSX.Element => {
  const found = useLoaded(async () => {
    const list = rows(await ask({ url: `${path}?stack=${stack}`, token }));
    if (receipts === null || list.length === 0) return list;
    const { heldAgainst } = await import('./sold.ts');
    return heldAgainst(list, await (await send({ url: `${receipts}?stack=${stack}`, token })).text());
  }, [path, stack, token]);
  return <Show of={found} as={(list) => <Findings of={list} />} />;
};

/** What differs, where this page may ask; who may be asked, elsewhere. */
export const Evidence = ({ site, life }: PageProps & { readonly life: Life }): JSX.Element => {
  const source = sourceOf(site);
  const hash = `#/stack/${life.id}`;
  if (source)
    return (
      <WithToken
        title="What differs"
        check={source.check}
        where="Whoever repeated the work tells it to its operator: the token is that of this console. It stays in this page’s memory."
        as={(token) => (
          <Panel title="What differs">
            <Asked {...source} stack={life.id} token={token} />
          </Panel>
        )}
      />
    );
  const places = [site.admin, ...site.nodes.map(({ operator }) => operator)].filter((url) => url !== null);
  return (
    <Panel title="What differs">
      <p class="quiet">
        The chain holds roots, not answers. The first row that differs and both answers to it are told to the operators
        of those who repeated the work
        {places.length === 0 ? '.' : ':'}{' '}
        {places.map((url) => (
          <span key={url}>
            <a href={`${url}/${hash}`}>{url}</a>{' '}
          </span>
        ))}
      </p>
    </Panel>
  );
};
