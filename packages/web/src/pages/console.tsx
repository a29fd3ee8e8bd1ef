/** The operator's console of a node: what everybody may see at its address, and behind the token what only its operator may. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../ask.ts';
import { Columns } from '../chart.tsx';
import { number, record, rows, text } from '../json.ts';
import { type NodeBook, readNodeBook } from '../node-book.ts';
import { DisputeAlarm, NODE_RISK } from '../own-disputes.tsx';
import { Facts, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { isHere, nodeHere, type SiteNode } from '../site.ts';
import { WithToken } from '../token.tsx';
import { useLoaded } from '../use.ts';
import { Figures } from './node-figures.tsx';
import type { PageProps } from './props.ts';

const EVERY_MS = 3_000;
/** What changes in it counts epochs, not seconds. */
const BOOK_EVERY_MS = 60_000;

type Json = Readonly<Record<string, unknown>>;

const Health = ({ readiness, running }: { readonly readiness: Json; readonly running: string }): JSX.Element => (
  <Panel title="Health">
    <p class={readiness.ready === true ? 'good' : 'bad'} role="status">
      {readiness.ready === true ? 'Ready for work.' : 'Not ready for work.'} {running}
    </p>
    <Facts of={Object.entries(record(readiness.checks)).map(([name, said]) => [name, text(said)] as const)} />
  </Panel>
);

const MODEL_HEADS = ['Model', 'Engine', 'Profile', 'Context', 'Sold as'];

const Models = ({ list, reads }: Pick<PageProps, 'reads'> & { readonly list: Json }): JSX.Element => (
  <Panel title="Models and engines">
    <Table
      heads={MODEL_HEADS}
      numbers={[3]}
      empty="It serves no model."
      rows={rows(list.data).map((model) => {
        const said = record(model.atoma);
        return [
          text(model.id),
          said.demo === true ? 'built-in, a demo' : text(model.owned_by),
          text(said.profile) || 'none',
          number(said.context_length).toLocaleString('en'),
          rows(said.offers)
            .map(
              (offer) =>
                `task ${text(offer.task)}, ${reads.roleName(number(offer.role))}, ${reads.securityLevelName(number(offer.level))}, ${text(offer.price)} a unit`,
            )
            .join('; ') || 'nothing',
        ];
      })}
    />
  </Panel>
);

const Money = ({ book, reads }: Pick<PageProps, 'reads'> & { readonly book: NodeBook }): JSX.Element => {
  const { node, risks, days, more, moreStacks } = book;
  return (
    <Panel title="Money">
      <Facts
        of={[
          ['Earned, not withdrawn', reads.formatAmount(node.earnings)],
          ['Owed by the pool', reads.formatAmount(node.credit)],
          ['Stake', reads.formatAmount(node.stake)],
          ['Bonds at risk', reads.formatAmount(node.bonded)],
          ['Reputation', String(node.reputation)],
          ['Owner', <Id of={node.owner} />],
        ]}
      />
      <Columns
        title="Earned by day"
        empty="Nothing was claimed yet."
        columns={days.map(({ day, amount }) => ({
          name: day,
          value: Number(amount),
          said: reads.formatAmount(amount),
        }))}
      />
      {more && <p class="quiet">Older claims are not in this chart.</p>}
      <h3>Bonds at risk</h3>
      <Table
        heads={['Stack', 'Bond', 'State']}
        numbers={[1]}
        empty="No bond of it lies in a stack."
        rows={risks.map(({ stack, bond, state }) => [
          <Small kind="stack" of={stack} />,
          reads.formatAmount(bond),
          state === 'disputed' ? <strong class="bad">disputed</strong> : state,
        ])}
      />
      {moreStacks && <p class="quiet">Stacks older than the 300 newest open ones of the market are not looked at.</p>}
    </Panel>
  );
};

const Duties = ({ book, reads }: Pick<PageProps, 'reads'> & { readonly book: NodeBook }): JSX.Element => (
  <Panel title="Duties">
    <Table
      heads={['What', 'Stack', 'Before']}
      empty="Nothing is owed."
      rows={book.duties.map(({ what, stack, beforeEpoch }) => [
        what,
        <Small kind="stack" of={stack} />,
        beforeEpoch === null ? 'any time' : reads.epochText(beforeEpoch, book.epoch),
      ])}
    />
  </Panel>
);

const Book = (props: PageProps & { readonly node: SiteNode }): JSX.Element => {
  const loaded = useLoaded(() => readNodeBook(props, props.node.node), [props.node.node], BOOK_EVERY_MS);
  return (
    <Show
      of={loaded}
      as={(book) => (
        <>
          <DisputeAlarm
            stacks={book.risks.flatMap(({ stack, state }) => (state === 'disputed' ? [stack] : []))}
            risk={NODE_RISK}
          />
          <Duties book={book} reads={props.reads} />
          <Money book={book} reads={props.reads} />
        </>
      )}
    />
  );
};

const PublicConsole = (props: PageProps & { readonly node: SiteNode }): JSX.Element => {
  const { node, reads } = props;
  const loaded = useLoaded(
    async () => {
      const [ready, models] = await Promise.all([ask({ url: '/ready' }, [503]), ask({ url: '/v1/models' })]);
      return { ready: record(ready), models: record(models) };
    },
    [],
    EVERY_MS,
  );
  return (
    <>
      <Panel title={`Node ${node.node}`}>
        <p>
          Everybody may see this.{' '}
          {node.operator === null ? (
            'Its operator has no surface here.'
          ) : (
            <>
              Alarms, transactions and the doctor are the operator’s, at{' '}
              <a href={`${node.operator}/#/console`}>{node.operator}</a>, on the node’s own machine.
            </>
          )}
        </p>
      </Panel>
      <Show
        of={loaded}
        as={({ ready, models }) => (
          <>
            <Health readiness={ready} running="" />
            <Models list={models} reads={reads} />
          </>
        )}
      />
      <Figures token={null} />
      <Book {...props} />
    </>
  );
};

const Alarms = ({ alarms }: { readonly alarms: readonly Json[] }): JSX.Element => (
  <Panel title="Alarms">
    <Table
      heads={['Time', 'What', 'Detail']}
      empty="No alarm since it was started."
      rows={[...alarms]
        .reverse()
        .map((alarm) => [
          new Date(number(alarm.at)).toISOString().slice(0, 19).replace('T', ' '),
          <strong class="bad">{text(alarm.kind).replaceAll('_', ' ')}</strong>,
          <code>{JSON.stringify(alarm.detail)}</code>,
        ])}
    />
  </Panel>
);

const Doctor = ({ token }: { readonly token: string }): JSX.Element => {
  const [round, again] = useState(0);
  const checks = useLoaded(async () => rows(await ask({ url: '/doctor', token })), [round]);
  return (
    <Panel title="Doctor">
      <p>
        <button type="button" onClick={() => again(round + 1)}>
          Look again
        </button>
      </p>
      <Show
        of={checks}
        as={(list) => (
          <Table
            heads={['Check', 'Result', 'What is well, or what to do']}
            empty="This node was started without its checks."
            rows={list.map((check) => [
              text(check.name),
              check.ok === true ? <span class="good">well</span> : <strong class="bad">wrong</strong>,
              text(check.detail),
            ])}
          />
        )}
      />
    </Panel>
  );
};

const Outbox = ({ totals }: { readonly totals: Json }): JSX.Element => (
  <Panel title="Ledger and transactions">
    <Facts
      of={[
        ['Units served', text(totals.consumed)],
        ['Units reserved', text(totals.reserved)],
        ['Open rows', text(totals.openRows)],
        ['Open duties', text(totals.openDuties)],
        ...Object.entries(record(totals.outbox)).map(
          ([state, count]) => [`Transactions ${state}`, text(count)] as const,
        ),
      ]}
    />
  </Panel>
);

const OperatorConsole = (props: PageProps & { readonly node: SiteNode; readonly token: string }): JSX.Element => {
  const { node, token, reads } = props;
  const loaded = useLoaded(async () => record(await ask({ url: '/status', token })), [token], EVERY_MS);
  return (
    <>
      <Show
        of={loaded}
        as={(status) => (
          <>
            <Panel title={`Node ${node.node}`}>
              <Facts
                of={[
                  ['Announced as', text(status.url) || 'nothing'],
                  ['Models and engines', <a href={`${node.url}/#/console`}>as everybody sees them</a>],
                  ['Address', <Id of={text(status.address)} />],
                  ['Database', text(status.instance)],
                  [
                    'Offers',
                    rows(status.offers)
                      .map((offer) => `${text(offer.model)} at ${text(offer.price)} (task ${text(offer.task)})`)
                      .join(', ') || 'none',
                  ],
                ]}
              />
            </Panel>
            <Health readiness={record(status.readiness)} running={`${text(status.running)} requests are running.`} />
            <Alarms alarms={rows(status.alarms)} />
            <Outbox totals={record(status.totals)} />
          </>
        )}
      />
      <Doctor token={token} />
      <Figures token={token} />
      <Book {...props} reads={reads} />
    </>
  );
};

/** The page. */
export const ConsolePage = (props: PageProps): JSX.Element => {
  const node = nodeHere(props.site);
  if (node === undefined)
    return (
      <Panel title="Node consoles">
        <Table
          heads={['Node', 'Its address', 'Its operator’s']}
          empty="No node is served here."
          rows={props.site.nodes.map(({ node: id, url, operator }) => [
            <Small kind="node" of={id} />,
            <a href={`${url}/#/console`}>{url}</a>,
            operator === null ? 'none' : <a href={`${operator}/#/console`}>{operator}</a>,
          ])}
        />
      </Panel>
    );
  if (!isHere(node.operator)) return <PublicConsole {...props} node={node} />;
  return (
    <WithToken
      title={`Console of node ${node.node}`}
      check="/status"
      where="The token is in operator.token beside node.yaml, of `atoma up` in up-admin.token. It stays in this page’s memory."
      as={(token) => <OperatorConsole {...props} node={node} token={token} />}
    />
  );
};
