/** A dispute as on a stage: both words, the jurors' seats, sealed and revealed votes, the verdict, who was paid; a slider plays it again. */
import type { JSX } from 'preact';
import type { PageProps } from '../pages/props.ts';
import { Facts, Id, Panel, Small, Table } from '../parts.tsx';
import { PlayerBar, usePlayer } from '../player.tsx';
import { hex, timeText } from '../text.ts';
import { Evidence } from './evidence.tsx';
import { type Life, last } from './life.ts';
import { challengerWasRight, disputeSteps, isAudit, type Scene, type Seat, sceneAt } from './verdict.ts';

const STEP_MS = 900;

type OfScene = PageProps & { readonly life: Life; readonly scene: Scene };

const Words = ({ life, scene, reads }: OfScene): JSX.Element | null => {
  const opened = last(life.steps, 'StackAttestationDisputeEvent');
  const settled = last(life.steps, 'StackTrySettleEvent');
  if (!opened || !settled) return null;
  const right = challengerWasRight(life, scene);
  return (
    <div class="sides">
      <section class="side">
        <h3>The accused</h3>
        <p>
          <Small kind="node" of={opened.originalNodeId} /> says: {settled.numClaimedComputeUnits.toLocaleString('en')}{' '}
          units.
        </p>
        <p class="quiet">Settled with</p>
        <code>{hex(opened.originalCommitment)}</code>
      </section>
      {isAudit(opened) ? (
        <section class="side">
          <h3>Nobody accuses</h3>
          <p>Attesters were silent, so a jury looks at the rows. What they lost pays it.</p>
        </section>
      ) : (
        <section class="side">
          <h3>The challenger</h3>
          <p>
            {opened.challengerNodeId === 0n ? (
              <Id of={opened.challenger} />
            ) : (
              <Small kind="node" of={opened.challengerNodeId} />
            )}{' '}
            says otherwise, and stakes {reads.formatAmount(opened.bond)} on it.
          </p>
          <p class="quiet">Its own result, sealed to its address</p>
          <code>{hex(opened.attestationCommitment)}</code>
          {opened.rows.length > 0 && <p>It names row {opened.rows.map(String).join(', ')}.</p>}
          {opened.receipts.length > 0 && <p>It shows {opened.receipts.length} receipts of the accused.</p>}
        </section>
      )}
      {scene.shown && (
        <section class="side">
          <h3>The owner</h3>
          <p>
            <Id of={scene.shown.owner} /> adds to it: {scene.shown.receipts.length} receipts of the accused.
          </p>
          {scene.shown.rows.length > 0 && (
            <p>
              It names row {scene.shown.rows.map(String).join(', ')}, and pays {reads.formatAmount(scene.shown.bond)}{' '}
              for the jury to look at them.
            </p>
          )}
          <p class="quiet">The dispute began anew with it: votes of before do not count.</p>
        </section>
      )}
      <section class="side">
        <h3>The jury</h3>
        {scene.majority ? (
          <>
            <p>
              {scene.majority.root.every((byte) => byte === 0)
                ? 'could not obtain the inputs.'
                : `comes to ${scene.majority.units.toLocaleString('en')} units.`}
            </p>
            <p class="quiet">Its history</p>
            <code>{hex(scene.majority.root)}</code>
            {right !== null && (
              <p>{right ? 'The challenger had come to the same.' : 'The challenger had not come to that.'}</p>
            )}
          </>
        ) : (
          <p class="quiet">No majority is revealed yet.</p>
        )}
      </section>
    </div>
  );
};

const sealText = ({ sealed, vote }: Seat): string => (vote ? 'revealed' : sealed ? 'sealed' : 'not cast');

const SeatCard = ({ seat }: { readonly seat: Seat }): JSX.Element => {
  const { vote, end } = seat;
  return (
    <li class={`seat ${vote ? (vote.says === 'as settled' ? 'agrees' : 'differs') : seat.sealed ? 'sealed' : ''}`}>
      <Small kind="node" of={seat.juror} />
      <span>{sealText(seat)}</span>
      {vote && <strong>{vote.says}</strong>}
      {vote && <span class="quiet">{vote.units.toLocaleString('en')} units</span>}
      {end !== null && <span class={end === 'slashed' ? 'bad' : end === 'paid' ? 'good' : 'quiet'}>{end}</span>}
    </li>
  );
};

const Verdict = ({ life, scene, reads }: OfScene): JSX.Element | null => {
  const { resolved } = scene;
  if (!resolved) return null;
  const slashes = life.steps.flatMap((step) => (step.kind === 'NodeSlashedEvent' ? [step.data] : []));
  return (
    <>
      <p class={resolved.outcome === 0 ? 'bad verdict' : 'verdict'} role="status">
        Node {String(resolved.selectedNodeId)}: {reads.outcomeName(resolved.outcome)}
        {resolved.ruledByManager && ', by the manager'}.
      </p>
      <Facts
        of={[
          ['Back to the buyer', reads.formatAmount(resolved.userRefundAmount)],
          ['Fee of the node', reads.formatAmount(resolved.nodeFee)],
          ['Bond back to the node', reads.formatAmount(resolved.nodeBondReturned)],
          ['Each paid juror', reads.formatAmount(resolved.jurorPay)],
          ['Challenger’s bond back', reads.formatAmount(resolved.challengerBondReturned)],
          ['Challenger’s share', reads.formatAmount(resolved.challengerShare)],
          ...(scene.shown
            ? ([['Owner’s payment for rows back', reads.formatAmount(resolved.ownerBondReturned)]] as const)
            : []),
          ['To the pool', reads.formatAmount(resolved.poolAmount)],
        ]}
      />
      {slashes.length > 0 && (
        <Table
          heads={['Slashed', 'Lost of its stake']}
          numbers={[1]}
          empty=""
          rows={slashes.map(({ nodeSmallId, amount }) => [
            <Small kind="node" of={nodeSmallId} />,
            reads.formatAmount(amount),
          ])}
        />
      )}
    </>
  );
};

/** The stage. */
export const Theatre = (props: PageProps & { readonly life: Life }): JSX.Element => {
  const { life, reads } = props;
  const steps = disputeSteps(life);
  const player = usePlayer(steps.length, STEP_MS);
  const count = player.at + 1;
  const scene = sceneAt(life, count);
  const now = steps[count - 1];
  return (
    <>
      <Panel title="Dispute">
        <PlayerBar of={player} unit="Step" />
        {now && (
          <p aria-live="polite">
            <span class="quiet">
              {timeText(now.timestampMs)}, epoch {String(now.epoch)}
            </span>{' '}
            {reads.describeEvent(now)}
          </p>
        )}
        <Words {...props} scene={scene} />
        {([1, 2] as const).map((jury) => {
          const seats = scene.seats.filter((seat) => seat.jury === jury);
          return (
            seats.length > 0 && (
              <section key={jury}>
                <h3>{jury === 1 ? 'Jurors' : 'The second jury'}</h3>
                <ul class="seats">
                  {seats.map((seat) => (
                    <SeatCard key={String(seat.juror)} seat={seat} />
                  ))}
                </ul>
              </section>
            )
          );
        })}
        <Verdict {...props} scene={scene} />
      </Panel>
      <Evidence {...props} />
    </>
  );
};
