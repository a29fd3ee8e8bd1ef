/** The market at one look: the clock, what is on offer, who serves, what is locked, what happens. */
import type { JSX } from 'preact';
import { Bar, Facts, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { type Loaded, useLoaded, useNow } from '../use.ts';
import { Feed } from './feed.tsx';
import type { PageProps } from './props.ts';

const EVERY_MS = 3_000;
const SECOND_MS = 1_000;
/** Newest stacks and nodes whose money is summed. */
const LOOKED_AT = 100;
/** Tasks that are shown. */
const TASKS = 50;

const read = async ({ reads, atoma }: PageProps) => {
  const [epoch, config, tasks, nodes, { stacks }] = await Promise.all([
    reads.getEpoch(atoma),
    reads.getConfig(atoma),
    reads.listTasks(atoma, { limit: TASKS }),
    reads.listNodes(atoma, { limit: LOOKED_AT }),
    reads.listNewestStacks(atoma, { limit: LOOKED_AT }),
  ]);
  const offers = await Promise.all(tasks.map(({ taskSmallId }) => reads.listSubscriptions(atoma, { taskSmallId })));
  return { epoch, config, tasks, nodes, stacks, offers };
};

type Market = Awaited<ReturnType<typeof read>>;

/** Sum of a column. */
const sum = <Row,>(rows: readonly Row[], of: (row: Row) => bigint): bigint =>
  rows.reduce((total, row) => total + of(row), 0n);

/** Settlements that are summed, and how often. */
const SETTLEMENTS = 50;
const SERVED_EVERY_MS = 15_000;

/** Units of the newest settlements. */
const Served = ({ reads, atoma }: PageProps): JSX.Element => {
  const served = useLoaded(
    async () => {
      const page = await reads.listEvents(atoma, {
        kind: 'StackTrySettleEvent',
        order: 'descending',
        limit: SETTLEMENTS,
      });
      const claims = page.events.flatMap((event) =>
        event.kind === 'StackTrySettleEvent' ? [event.data.numClaimedComputeUnits] : [],
      );
      return { units: sum(claims, (each) => each), more: page.hasMore };
    },
    [],
    SERVED_EVERY_MS,
  );
  return (
    <Show
      of={served}
      as={({ units, more }) => (
        <span>
          {units.toLocaleString('en')}
          {more && ` in the newest ${SETTLEMENTS} settlements`}
        </span>
      )}
    />
  );
};

/** The epoch, how much of it is over, and what is left. */
const EpochClock = ({ epoch, reads }: Pick<PageProps, 'reads'> & Pick<Market, 'epoch'>): JSX.Element => {
  const now = useNow(SECOND_MS);
  const left = Math.max(0, epoch.endMs - now);
  const words = left === 0 ? 'over, the next begins when somebody ends it' : `${reads.spanText(left)} left`;
  return (
    <span class="bar">
      <meter
        min={0}
        max={epoch.durationMs}
        value={epoch.durationMs - left}
        aria-label={`Epoch ${epoch.epoch}: ${words}`}
      />
      <span>
        {String(epoch.epoch)}, {words}
      </span>
    </span>
  );
};

const Clock = ({ market, ...props }: { readonly market: Market } & PageProps): JSX.Element => {
  const { epoch, config, nodes, stacks } = market;
  const { reads } = props;
  return (
    <Facts
      of={[
        ['Epoch', <EpochClock epoch={epoch} reads={reads} />],
        ['Open stacks', <a href="#/stacks">{config.counts.stacks.toLocaleString('en')}</a>],
        ['Settled, not claimed', config.counts.tickets.toLocaleString('en')],
        ['Disputes', config.counts.disputes.toLocaleString('en')],
        [
          config.counts.stacks > LOOKED_AT ? `Prepaid in the newest ${LOOKED_AT} stacks` : 'Prepaid and unclaimed',
          reads.formatAmount(sum(stacks, ({ escrow }) => escrow)),
        ],
        [
          nodes.length === LOOKED_AT ? 'In bonds of nodes shown' : 'In bonds of nodes',
          reads.formatAmount(sum(nodes, ({ bonded }) => bonded)),
        ],
        [
          nodes.length === LOOKED_AT ? 'Stakes of nodes shown' : 'Stakes of nodes',
          reads.formatAmount(sum(nodes, ({ stake }) => stake)),
        ],
        ['The pool', reads.formatAmount(config.pool)],
        ['Units served and settled', <Served {...props} />],
      ]}
    />
  );
};

const Offers = ({ market: { tasks, offers }, reads }: { readonly market: Market } & PageProps): JSX.Element => (
  <Table
    heads={['Task', 'Model', 'Role', 'Level', 'Nodes', 'Asks, cheapest first']}
    numbers={[4]}
    empty="No task has been created yet."
    rows={tasks.map((task, i) => {
      const asks = [...(offers[i] ?? [])].sort((a, b) => Number(a.pricePerComputeUnit - b.pricePerComputeUnit));
      const depth = asks.reduce(
        (most, { maxNumComputeUnits }) => (maxNumComputeUnits > most ? maxNumComputeUnits : most),
        0n,
      );
      return [
        <Small kind="task" of={task.taskSmallId} />,
        task.modelName ?? 'any',
        reads.roleName(task.role),
        reads.securityLevelName(task.securityLevel),
        String(asks.length),
        <span class="asks">
          {asks.slice(0, 5).map((ask) => (
            <Bar
              key={String(ask.nodeSmallId)}
              part={ask.maxNumComputeUnits}
              whole={depth}
              label={`${ask.pricePerComputeUnit} a unit, node ${ask.nodeSmallId}, up to ${ask.maxNumComputeUnits.toLocaleString('en')} units`}
            />
          ))}
        </span>,
      ];
    })}
  />
);

const Nodes = ({ market: { nodes }, reads }: { readonly market: Market } & PageProps): JSX.Element => (
  <Table
    heads={['Node', 'Owner', 'Reputation', 'Stake', 'In bonds', 'Earned', 'Open stacks', 'Address']}
    numbers={[2, 3, 4, 5, 6]}
    empty="No node has registered yet."
    rows={nodes.map((node) => [
      <Small kind="node" of={node.nodeSmallId} />,
      <Id of={node.owner} />,
      String(node.reputation),
      reads.formatAmount(node.stake),
      reads.formatAmount(node.bonded),
      reads.formatAmount(node.earnings),
      String(node.openStacks),
      node.url,
    ])}
  />
);

/** The page. */
export const MarketPage = (props: PageProps): JSX.Element => {
  const market: Loaded<Market> = useLoaded(() => read(props), [], EVERY_MS);
  return (
    <>
      <Panel title="Now">
        <Show of={market} as={(value) => <Clock {...props} market={value} />} />
      </Panel>
      <Panel title="On offer">
        <Show of={market} as={(value) => <Offers {...props} market={value} />} />
      </Panel>
      <Panel title="Nodes">
        <Show of={market} as={(value) => <Nodes {...props} market={value} />} />
      </Panel>
      <Feed {...props} count={12} />
    </>
  );
};
