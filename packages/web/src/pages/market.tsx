/** The market at one look: the clock, what is on offer, who serves, what is locked, what happens. */
import type { JSX } from 'preact';
import { Bar, Facts, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { type Loaded, useLoaded } from '../use.ts';
import { Feed } from './feed.tsx';
import type { PageProps } from './props.ts';

const EVERY_MS = 3_000;

const read = async ({ reads, atoma }: PageProps) => {
  const [epoch, tasks, nodes, stacks, tickets] = await Promise.all([
    reads.getEpoch(atoma),
    reads.listTasks(atoma),
    reads.listNodes(atoma, { limit: 100 }),
    reads.listStacks(atoma, { limit: 100 }),
    reads.listTickets(atoma, { limit: 100 }),
  ]);
  const offers = await Promise.all(
    tasks.slice(0, 50).map(({ taskSmallId }) => reads.listSubscriptions(atoma, { taskSmallId })),
  );
  return { epoch, tasks, nodes, stacks, tickets, offers };
};

type Market = Awaited<ReturnType<typeof read>>;

/** Sum of a column. */
const sum = <Row,>(rows: readonly Row[], of: (row: Row) => bigint): bigint =>
  rows.reduce((total, row) => total + of(row), 0n);

const Clock = ({ market: { epoch, stacks, tickets }, reads }: { readonly market: Market } & PageProps): JSX.Element => (
  <Facts
    of={[
      ['Epoch', `${epoch.epoch}, ${reads.epochText(epoch.epoch + 1n, epoch)} the next`],
      ['Open stacks', String(stacks.length)],
      ['In the window of disputes', String(tickets.length)],
      ['Prepaid and unclaimed', reads.formatAmount(sum(stacks, ({ escrow }) => escrow))],
      ['Bonds of open stacks', reads.formatAmount(sum(stacks, ({ bond }) => bond))],
    ]}
  />
);

const Offers = ({ market: { tasks, offers }, reads }: { readonly market: Market } & PageProps): JSX.Element => (
  <Table
    heads={['Task', 'Model', 'Role', 'Level', 'Nodes', 'Asks, cheapest first']}
    numbers={[4]}
    empty="No task has been created yet."
    rows={tasks.slice(0, 50).map((task, i) => {
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
