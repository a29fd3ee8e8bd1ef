/** Nodes and tasks by their small ids. */
import type { JSX } from 'preact';
import { Bar, Facts, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 3_000;
/** Newest open stacks of the market that are looked through for a node's. */
const LOOKED_AT = 100;

type ByNumber = PageProps & { readonly id: bigint };

const readNode = async ({ reads, atoma, id: nodeSmallId }: ByNumber) => {
  const [node, newest] = await Promise.all([
    reads.getNode(atoma, { nodeSmallId }),
    reads.listNewestStacks(atoma, { limit: LOOKED_AT }),
  ]);
  const stacks = newest.stacks.filter(({ selectedNodeSmallId }) => selectedNodeSmallId === nodeSmallId);
  return { node, stacks, more: newest.before !== null };
};

/** A node and the stacks it serves. */
export const NodePage = (props: ByNumber): JSX.Element => {
  const { reads, id } = props;
  const loaded = useLoaded(() => readNode(props), [id], EVERY_MS);
  return (
    <Panel title={`Node ${id}`}>
      <Show
        of={loaded}
        as={({ node, stacks, more }) => (
          <>
            <Facts
              of={[
                ['Owner', <Id of={node.owner} />],
                ['Address', node.url === '' ? 'none announced' : node.url],
                ['Reputation', String(node.reputation)],
                ['Stake', reads.formatAmount(node.stake)],
                ['In bonds', reads.formatAmount(node.bonded)],
                ['Earned', reads.formatAmount(node.earnings)],
                ['State', node.disabledEpoch === null ? 'active' : `disabled in epoch ${node.disabledEpoch}`],
              ]}
            />
            <h3>Open stacks</h3>
            <Table
              heads={['Stack', 'Task', 'Units', 'Bond']}
              numbers={[2, 3]}
              empty="It serves no open stack."
              rows={stacks.map((stack) => [
                <Small kind="stack" of={stack.stackSmallId} />,
                <Small kind="task" of={stack.taskSmallId} />,
                stack.numComputeUnits.toLocaleString('en'),
                reads.formatAmount(stack.bond),
              ])}
            />
            {more && <p class="quiet">Of the {LOOKED_AT} newest open stacks of the market.</p>}
          </>
        )}
      />
    </Panel>
  );
};

/** Offers that are shown. */
const BOOK_ROWS = 100;

type Offers = Awaited<ReturnType<PageProps['reads']['listSubscriptions']>>;

/** Units on offer at a price or below, of all there are. */
const Depth = ({ offers, price }: { readonly offers: Offers; readonly price: bigint }): JSX.Element => {
  const sum = (list: Offers): bigint => list.reduce((total, each) => total + each.maxNumComputeUnits, 0n);
  const depth = sum(offers.filter(({ pricePerComputeUnit }) => pricePerComputeUnit <= price));
  return <Bar part={depth} whole={sum(offers)} label={`${depth.toLocaleString('en')} units`} />;
};

const readTask = async ({ reads, atoma, id: taskSmallId }: ByNumber) => {
  const [task, offers] = await Promise.all([
    reads.getTask(atoma, { taskSmallId }),
    reads.listSubscriptions(atoma, { taskSmallId }),
  ]);
  return { task, offers };
};

/** A task and who offers it. */
export const TaskPage = (props: ByNumber): JSX.Element => {
  const { reads, id } = props;
  const loaded = useLoaded(() => readTask(props), [id], EVERY_MS);
  return (
    <Panel title={`Task ${id}`}>
      <Show
        of={loaded}
        as={({ task, offers }) => (
          <>
            <Facts
              of={[
                ['Model', task.modelName ?? 'any'],
                ['Role', reads.roleName(task.role)],
                ['Level', reads.securityLevelName(task.securityLevel)],
                ['Least reputation', String(task.minimumReputationScore)],
                ['State', task.deprecatedEpoch === null ? 'active' : `ends in epoch ${task.deprecatedEpoch}`],
              ]}
            />
            <h3>Order book</h3>
            <Table
              heads={['Asks a unit', 'Node', 'Most units of a stack', 'Depth up to this price']}
              numbers={[0, 2]}
              empty="No node offers it."
              rows={offers
                .slice(0, BOOK_ROWS)
                .map((offer) => [
                  String(offer.pricePerComputeUnit),
                  <Small kind="node" of={offer.nodeSmallId} />,
                  offer.maxNumComputeUnits.toLocaleString('en'),
                  <Depth offers={offers} price={offer.pricePerComputeUnit} />,
                ])}
            />
            {offers.length > BOOK_ROWS && (
              <p class="quiet">
                The {BOOK_ROWS} cheapest of {offers.length} are shown.
              </p>
            )}
          </>
        )}
      />
    </Panel>
  );
};
