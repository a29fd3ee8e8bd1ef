/** A stack from purchase to claim: whose move it is, what happened, who was drawn, receipts, dispute, and where each unit went. */
import type { JSX } from 'preact';
import { StackAlarm } from '../own-disputes.tsx';
import { Bar, Facts, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { Theatre } from '../stack/dispute.tsx';
import { DrawPanel } from '../stack/draw-panel.tsx';
import { type Life, last, moveOf, readLife, splitOf } from '../stack/life.ts';
import { Receipts } from '../stack/receipts-panel.tsx';
import { hex, timeText } from '../text.ts';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 4_000;

type ByNumber = PageProps & { readonly id: bigint };
type OfLife = PageProps & { readonly life: Life };

const Next = ({ life, reads, site }: OfLife): JSX.Element => {
  const move = moveOf(life, reads);
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
      <pre tabIndex={0}>
        atoma {move.command} --network {site.network}
      </pre>
      {/[A-Z]{4}/.test(move.command) && (
        <p class="quiet">Words in capitals are what only the mover knows; a daemon makes the move by itself.</p>
      )}
    </>
  );
};

/** The terms it was bought under, as people read them. */
const termsOf = (terms: NonNullable<Life['bought']>['terms']): readonly (readonly [string, string])[] => [
  ['Attesters, jurors', `${terms.attesters}, ${terms.jurors}`],
  ['A check repeats', `${terms.samples} drawn rows, up to ${Number(terms.sampledShare) / 10} % of the units`],
  ['Largest request', `${Number(terms.rowCap) / 10} % of the units`],
];

const Bought = ({ life, reads }: OfLife): JSX.Element => {
  const made = last(life.steps, 'StackCreatedEvent');
  const { stack, bought } = life;
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
        ...(bought ? ([['Level', reads.securityLevelName(bought.securityLevel)]] as const) : []),
        ...(bought ? termsOf(bought.terms) : []),
      ]}
    />
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
          <StackAlarm {...props} life={life} />
          <Panel title={`Stack ${id}`}>
            <Next {...props} life={life} />
            <Bought {...props} life={life} />
          </Panel>
          {last(life.steps, 'StackAttestationDisputeEvent') && <Theatre {...props} life={life} />}
          <Settlement {...props} life={life} />
          <Receipts {...props} life={life} />
          <Money {...props} life={life} />
          <DrawPanel {...props} life={life} />
          <Story {...props} life={life} />
        </>
      )}
    />
  );
};
