/** A stack from purchase to claim: whose move it is, what happened, who was drawn, receipts, dispute, and where each unit went. */
import type { JSX } from 'preact';
import { Bar, Facts, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { Theatre } from '../stack/dispute.tsx';
import { type Life, last, moveOf, readLife, splitOf } from '../stack/life.ts';
import { type Offer, readOffersThen } from '../stack/offers-then.ts';
import { Receipts } from '../stack/receipts-panel.tsx';
import { hex, timeText } from '../text.ts';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 4_000;
/** Offers that are shown, cheapest first. */
const DRAW_ROWS = 100;

type ByNumber = PageProps & { readonly id: bigint };
type OfLife = PageProps & { readonly life: Life };

const Next = ({ life, reads }: OfLife): JSX.Element => {
  const move = moveOf(life, reads.needsSecondJury);
  if (move === null)
    return (
      <p>
        <strong>{life.steps.length === 0 ? 'There never was such a stack.' : 'It is over.'}</strong>
      </p>
    );
  return (
    <>
      <p>
        <strong>Next:</strong> {move.who}
        {move.epoch !== null && ` ${move.is} ${reads.epochText(move.epoch, life.epoch)}`}.
      </p>
      {move.command !== null && <pre tabIndex={0}>atoma {move.command}</pre>}
    </>
  );
};

const Bought = ({ life, reads }: OfLife): JSX.Element => {
  const made = last(life.steps, 'StackCreatedEvent');
  const { stack } = life;
  if (!made) return <Facts of={[]} />;
  return (
    <Facts
      of={[
        ['Task', <Small kind="task" of={made.taskSmallId} />],
        ['Served by', <Small kind="node" of={made.selectedNodeId} />],
        ['Owner', <Id of={stack?.owner ?? made.owner} />],
        ['Units', made.numComputeUnits.toLocaleString('en')],
        ['Price of a unit', `${made.pricePerComputeUnit} base units`],
        ['Buyer’s money in it', reads.formatAmount(stack?.escrow ?? 0n)],
        ['Node’s bond in it', reads.formatAmount(stack?.bond ?? 0n)],
        ['Signs for it', <Id of={made.nodeAddress} />],
        ['Key the node committed', <code>{hex(made.keyHash)}</code>],
        ...(stack ? ([['Level', reads.securityLevelName(stack.securityLevel)]] as const) : []),
      ]}
    />
  );
};

/** Why a node could not be drawn, as far as its events tell; null: it could. */
const refusalOf = (offer: Offer, price: bigint, units: bigint, leastReputation: number): string | null => {
  if (offer.price > price) return 'asked more';
  if (offer.mostUnits < units) return 'sold smaller stacks';
  if (offer.disabled) return 'had been disabled';
  return offer.reputation !== null && offer.reputation < leastReputation ? 'had too little reputation' : null;
};

const Draw = ({ life, reads, atoma }: OfLife): JSX.Element => {
  const bought = life.steps.findLast((step) => step.kind === 'StackCreatedEvent');
  const made = last(life.steps, 'StackCreatedEvent');
  const read = useLoaded(async () => {
    if (!made) return null;
    const [offers, task] = await Promise.all([
      readOffersThen({ reads, atoma }, made.taskSmallId, bought?.checkpoint),
      reads.getTask(atoma, { taskSmallId: made.taskSmallId }).catch(() => null), // removed since
    ]);
    return { offers, leastReputation: task?.minimumReputationScore ?? 0 };
  }, [life.id, bought?.digest]);
  if (!made) return <Panel title="Draw">Nobody was drawn.</Panel>;
  const settled = last(life.steps, 'StackTrySettleEvent');
  const jurors = last(life.steps, 'StackAttestationDisputeEvent')?.jurors ?? [];
  const placeOf = (node: bigint): string =>
    [
      ...(node === made.selectedNodeId ? ['drawn to serve'] : []),
      ...(settled?.requestedAttestationNodes.includes(node) ? ['drawn to attest'] : []),
      ...(jurors.includes(node) ? ['drawn as juror'] : []),
    ].join(', ') || '–';
  return (
    <Panel title="Draw">
      <p class="quiet">
        The contract drew among those that asked at most {String(made.pricePerComputeUnit)} a unit for{' '}
        {made.numComputeUnits.toLocaleString('en')} units and had the stake for it. These offered the task when the
        stack was bought; whether their stake sufficed then, and whether the purchase named only some of them, is not
        told here.
      </p>
      <Show
        of={read}
        as={(told) =>
          told === null || told.offers === null ? (
            <p class="quiet">Too much happened before this purchase to be told in a page.</p>
          ) : (
            <Table
              heads={['Node', 'Asked a unit', 'Could be drawn by its offer', 'Was']}
              numbers={[1]}
              empty="No node offered the task."
              rows={told.offers.slice(0, DRAW_ROWS).map((offer) => {
                const { pricePerComputeUnit: price, numComputeUnits: units } = made;
                const refusal = refusalOf(offer, price, units, told.leastReputation);
                return [
                  <Small kind="node" of={offer.node} />,
                  String(offer.price),
                  refusal === null ? 'yes' : `no, it ${refusal}`,
                  placeOf(offer.node),
                ];
              })}
            />
          )
        }
      />
    </Panel>
  );
};

const Settlement = ({ life, reads }: OfLife): JSX.Element | null => {
  const { steps, ticket } = life;
  const settled = last(steps, 'StackTrySettleEvent');
  const made = last(steps, 'StackCreatedEvent');
  if (!settled || !made) return null;
  const attested = steps.filter((step) => step.kind === 'NewStackSettlementAttestationEvent');
  const redrawn = last(steps, 'AttestersRedrawnEvent');
  const nodes = (ids: readonly bigint[], none: string) =>
    ids.length === 0 ? none : ids.map((node) => <Small key={String(node)} kind="node" of={node} />);
  return (
    <Panel title="Settlement and attestation">
      <Facts
        of={[
          [
            'Claimed',
            <Bar
              part={settled.numClaimedComputeUnits}
              whole={made.numComputeUnits}
              label={`${settled.numClaimedComputeUnits.toLocaleString('en')} units`}
            />,
          ],
          ['State', ticket?.state ?? 'over'],
          ['Drawn to check', nodes(settled.requestedAttestationNodes, 'nobody')],
          ['Must they?', settled.attestationRequired ? 'yes' : 'no'],
          [
            'Attested by',
            nodes(
              attested.map(({ data }) => (data as { readonly attestationNodeId: bigint }).attestationNodeId),
              'nobody',
            ),
          ],
          ...(redrawn ? ([['Drawn instead of silent ones', nodes(redrawn.newNodes, 'nobody')]] as const) : []),
          ['Window', reads.epochText(ticket?.deadlineEpoch ?? settled.deadlineEpoch, life.epoch)],
          ['Root settled with', <code>{hex(settled.committedStackProof)}</code>],
          ['List of inputs', <code>{hex(settled.inputs)}</code>],
          ['Audit seed', <code>{hex(settled.auditSeed)}</code>],
        ]}
      />
    </Panel>
  );
};

const Money = ({ life, reads }: OfLife): JSX.Element | null => {
  const split = splitOf(life.steps);
  if (!split) return null;
  const rows = (parts: typeof split.into) =>
    parts.map(({ what, amount }) => [what, reads.formatAmount(amount), amount.toLocaleString('en')] as const);
  const heads = ['What', 'TOMA', 'Base units'];
  return (
    <Panel title="Where each unit went">
      <h3>In</h3>
      <Table heads={heads} numbers={[1, 2]} empty="Nothing." rows={rows(split.into)} />
      <h3>Out</h3>
      <Table heads={heads} numbers={[1, 2]} empty="Nothing." rows={rows(split.out)} />
      <p class={split.whole ? 'good' : 'bad'} role="status">
        {split.whole ? 'In and out are the same, to the unit.' : 'In and out differ.'}
      </p>
    </Panel>
  );
};

const Story = ({ life, reads }: OfLife): JSX.Element => (
  <Panel title="What happened">
    <Table
      heads={['Time', 'Epoch', 'What', 'Transaction']}
      numbers={[1]}
      empty="Nothing."
      rows={life.steps.map((step) => [
        timeText(step.timestampMs),
        String(step.epoch),
        reads.describeEvent(step),
        <Id of={step.digest} page="tx" />,
      ])}
    />
  </Panel>
);

/** The page. */
export const StackPage = (props: ByNumber): JSX.Element => {
  const { id } = props;
  const loaded = useLoaded(() => readLife(props, id), [id], EVERY_MS);
  return (
    <Show
      of={loaded}
      as={(life) => (
        <>
          <Panel title={`Stack ${id}`}>
            <Next {...props} life={life} />
            <Bought {...props} life={life} />
          </Panel>
          {last(life.steps, 'StackAttestationDisputeEvent') && <Theatre {...props} life={life} />}
          <Settlement {...props} life={life} />
          <Receipts {...props} life={life} />
          <Money {...props} life={life} />
          <Draw {...props} life={life} />
          <Story {...props} life={life} />
        </>
      )}
    />
  );
};
