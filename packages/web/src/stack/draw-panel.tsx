/** The draws of a stack: who could be drawn to serve it, and who was drawn for what. */
import type { JSX } from 'preact';
import type { PageProps } from '../pages/props.ts';
import { Panel, Show, Small, Table } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import { type Candidate, type Draw, readDraw } from './draw.ts';
import { type Life, last } from './life.ts';

type OfLife = PageProps & { readonly life: Life };

/** What a node was drawn for. */
const placeOf = ({ steps }: Life, node: bigint): string => {
  const parts: readonly (readonly [string, readonly bigint[]])[] = [
    ['drawn to serve', [last(steps, 'StackCreatedEvent')?.selectedNodeId ?? 0n]],
    ['drawn to attest', last(steps, 'StackTrySettleEvent')?.requestedAttestationNodes ?? []],
    ['drawn to attest instead of a silent one', last(steps, 'AttestersRedrawnEvent')?.newNodes ?? []],
    ['drawn as juror', last(steps, 'StackAttestationDisputeEvent')?.jurors ?? []],
    ['drawn to the second jury', last(steps, 'SecondJuryEvent')?.jurors ?? []],
  ];
  return parts.flatMap(([words, nodes]) => (nodes.includes(node) ? [words] : [])).join(', ') || '–';
};

const answerOf = ({ refusal, known }: Candidate): string => {
  if (refusal !== null) return `no, it ${refusal}`;
  return known ? 'yes' : 'by its offer; this chain keeps no older versions';
};

const Candidates = ({ draw, life, reads }: OfLife & { readonly draw: Draw }): JSX.Element => {
  if (draw.candidates === null)
    return <p class="quiet">Too much happened before this purchase to be told in a page.</p>;
  return (
    <>
      <Table
        heads={['Node', 'Asked a unit', 'Free stake then', 'Could be drawn', 'Was']}
        numbers={[1, 2]}
        empty="No node offered the task."
        rows={draw.candidates.map((candidate) => [
          <Small kind="node" of={candidate.offer.node} />,
          String(candidate.offer.price),
          candidate.freeStake === null ? '–' : reads.formatAmount(candidate.freeStake),
          answerOf(candidate),
          placeOf(life, candidate.offer.node),
        ])}
      />
      {draw.more && <p class="quiet">The {draw.candidates.length} cheapest offers are shown.</p>}
    </>
  );
};

/** The panel. */
export const DrawPanel = (props: OfLife): JSX.Element => {
  const { life, reads } = props;
  const bought = life.steps.find((step) => step.kind === 'StackCreatedEvent');
  const made = last(life.steps, 'StackCreatedEvent');
  const read = useLoaded(
    async () =>
      made && bought?.checkpoint
        ? readDraw(props, made, { digest: bought.digest, checkpoint: BigInt(bought.checkpoint) })
        : null,
    [life.id, bought?.digest],
  );
  if (!made) return <Panel title="Draw">Nobody was drawn.</Panel>;
  return (
    <Panel title="Draw">
      <p class="quiet">
        The contract drew among those that asked at most {String(made.pricePerComputeUnit)} a unit for{' '}
        {made.numComputeUnits.toLocaleString('en')} units and could bond {reads.formatAmount(made.bond)}. These offered
        the task just before the stack was bought.
      </p>
      <Show
        of={read}
        as={(draw) =>
          draw === null ? (
            <p class="quiet">Its purchase is in no checkpoint yet.</p>
          ) : (
            <Candidates {...props} draw={draw} />
          )
        }
      />
    </Panel>
  );
};
