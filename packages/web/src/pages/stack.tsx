/** A stack from purchase to claim. */
import type { JSX } from 'preact';
import { Bar, Facts, Id, Panel, Show, Small } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 3_000;

type ByNumber = PageProps & { readonly id: bigint };

const hex = (bytes: Uint8Array): string => `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

const readStack = async ({ reads, atoma, id: stackSmallId }: ByNumber) => {
  const [stack, ticket, dispute, epoch] = await Promise.all([
    reads.findStack(atoma, { stackSmallId }),
    reads.findTicket(atoma, { stackSmallId }),
    reads.findDispute(atoma, { stackSmallId }),
    reads.getEpoch(atoma),
  ]);
  return { stack, ticket, dispute, epoch };
};

type StackRows = Awaited<ReturnType<typeof readStack>>;

/** Whose move it is, with the command. */
const nextMove = ({ stack, ticket, dispute, epoch }: StackRows, id: bigint): string => {
  if (dispute)
    return epoch.epoch < dispute.commitDeadlineEpoch
      ? `Jurors commit until epoch ${dispute.commitDeadlineEpoch}: atoma db commit-dispute-vote --stack-small-id ${id} …`
      : `Jurors reveal until epoch ${dispute.revealDeadlineEpoch}: atoma db reveal-dispute-vote --stack-small-id ${id} …`;
  if (ticket)
    return epoch.epoch < ticket.deadlineEpoch
      ? `Anybody may dispute until epoch ${ticket.deadlineEpoch}: atoma db dispute --stack-small-id ${id} …`
      : `The node claims: atoma db claim-funds --settled-ticket-ids ${id}`;
  if (stack) return `The node serves, then settles: atoma db try-settle-stack --stack-small-id ${id} …`;
  return 'It is finished: the activity tells how it ended.';
};

const Settled = ({
  rows: { ticket, dispute },
  units,
}: {
  readonly rows: StackRows;
  readonly units: bigint;
}): JSX.Element => (
  <>
    {ticket && (
      <Panel title="Settlement">
        <Facts
          of={[
            [
              'Claimed',
              <Bar
                part={ticket.numClaimedComputeUnits}
                whole={units}
                label={`${ticket.numClaimedComputeUnits.toLocaleString('en')} units`}
              />,
            ],
            ['State', ticket.state],
            ['Commitment', <code>{hex(ticket.committedStackProof)}</code>],
            [
              'Drawn to check',
              ticket.attesters.length === 0
                ? 'nobody'
                : ticket.attesters.map((node) => <Small kind="node" of={node} />),
            ],
            [
              'Attested',
              ticket.attested.length === 0
                ? 'nobody yet'
                : ticket.attested.map((node) => <Small kind="node" of={node} />),
            ],
            ['Window ends in epoch', String(ticket.deadlineEpoch)],
          ]}
        />
      </Panel>
    )}
    {dispute && (
      <Panel title="Dispute">
        <Facts
          of={[
            ['Challenger', <Id of={dispute.challenger} />],
            [
              'Jury',
              dispute.jurors.length === 0
                ? 'too few nodes'
                : dispute.jurors.map((node) => <Small kind="node" of={node} />),
            ],
            ['Sealed votes', `${dispute.committed.length} of ${dispute.jurors.length}`],
            ['Revealed votes', `${dispute.revealed.length} of ${dispute.jurors.length}`],
          ]}
        />
      </Panel>
    )}
  </>
);

/** A stack from purchase to claim. */
export const StackPage = (props: ByNumber): JSX.Element => {
  const { reads, id } = props;
  const loaded = useLoaded(() => readStack(props), [id], EVERY_MS);
  return (
    <Show
      of={loaded}
      as={(rows) => (
        <>
          <Panel title={`Stack ${id}`}>
            {rows.stack ? (
              <Facts
                of={[
                  ['Task', <Small kind="task" of={rows.stack.taskSmallId} />],
                  ['Served by', <Small kind="node" of={rows.stack.selectedNodeSmallId} />],
                  ['Owner', <Id of={rows.stack.owner} />],
                  ['Units', rows.stack.numComputeUnits.toLocaleString('en')],
                  ['Price of a unit', `${rows.stack.pricePerComputeUnit} base units`],
                  ['Buyer’s money in it', reads.formatAmount(rows.stack.escrow)],
                  ['Node’s bond in it', reads.formatAmount(rows.stack.bond)],
                  ['Bought in epoch', String(rows.stack.boughtEpoch)],
                ]}
              />
            ) : (
              <p>There is no open stack {String(id)}.</p>
            )}
            <p>
              <strong>Next:</strong> {nextMove(rows, id)}
            </p>
          </Panel>
          <Settled rows={rows} units={rows.stack?.numComputeUnits ?? rows.ticket?.numClaimedComputeUnits ?? 1n} />
        </>
      )}
    />
  );
};
