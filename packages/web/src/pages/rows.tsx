/** Nodes and tasks by their small ids. */
import type { JSX } from 'preact';
import { Facts, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 3_000;

type ByNumber = PageProps & { readonly id: bigint };

const readNode = async ({ reads, atoma, id: nodeSmallId }: ByNumber) => {
  const [node, stacks] = await Promise.all([
    reads.getNode(atoma, { nodeSmallId }),
    reads.listStacks(atoma, { limit: 200 }),
  ]);
  return { node, stacks: stacks.filter(({ selectedNodeSmallId }) => selectedNodeSmallId === nodeSmallId) };
};

/** A node and the stacks it serves. */
export const NodePage = (props: ByNumber): JSX.Element => {
  const { reads, id } = props;
  const loaded = useLoaded(() => readNode(props), [id], EVERY_MS);
  return (
    <Panel title={`Node ${id}`}>
      <Show
        of={loaded}
        as={({ node, stacks }) => (
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
          </>
        )}
      />
    </Panel>
  );
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
                ['State', task.deprecatedEpoch === null ? 'active' : `deprecated in epoch ${task.deprecatedEpoch}`],
              ]}
            />
            <Table
              heads={['Node', 'Asks a unit', 'Most units of a stack']}
              numbers={[1, 2]}
              empty="No node offers it."
              rows={offers.map((offer) => [
                <Small kind="node" of={offer.nodeSmallId} />,
                String(offer.pricePerComputeUnit),
                offer.maxNumComputeUnits.toLocaleString('en'),
              ])}
            />
          </>
        )}
      />
    </Panel>
  );
};
