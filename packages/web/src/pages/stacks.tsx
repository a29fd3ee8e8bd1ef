/** Open stacks, newest first, a page at a time. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Id, Panel, Show, Small, Table } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 4_000;
const ROWS = 50;

/** The page. */
export const StacksPage = ({ reads, atoma }: PageProps): JSX.Element => {
  const [before, setBefore] = useState<bigint | null>(null);
  const page = useLoaded(
    () => reads.listNewestStacks(atoma, { limit: ROWS, ...(before === null ? {} : { before }) }),
    [before],
    before === null ? EVERY_MS : undefined,
  );
  return (
    <Panel title="Open stacks">
      <Show
        of={page}
        as={({ stacks, before: next }) => (
          <>
            <Table
              heads={['Stack', 'Task', 'Node', 'Owner', 'Units', 'Price', 'Prepaid', 'Bond', 'Bought in epoch']}
              numbers={[4, 5, 6, 7, 8]}
              empty={next === null ? 'No stack is open.' : 'None of these is open any more.'}
              rows={stacks.map((stack) => [
                <Small kind="stack" of={stack.stackSmallId} />,
                <Small kind="task" of={stack.taskSmallId} />,
                <Small kind="node" of={stack.selectedNodeSmallId} />,
                <Id of={stack.owner} />,
                stack.numComputeUnits.toLocaleString('en'),
                String(stack.pricePerComputeUnit),
                reads.formatAmount(stack.escrow),
                reads.formatAmount(stack.bond),
                String(stack.boughtEpoch),
              ])}
            />
            <p class="tools">
              {before !== null && (
                <button type="button" onClick={() => setBefore(null)}>
                  Newest
                </button>
              )}
              {next !== null && (
                <button type="button" onClick={() => setBefore(next)}>
                  Older
                </button>
              )}
            </p>
          </>
        )}
      />
    </Panel>
  );
};
