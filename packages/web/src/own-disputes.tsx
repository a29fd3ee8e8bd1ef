/** An alarm: a stack of whoever looks at this page is disputed. */
import type { ComponentChildren, JSX } from 'preact';
import { ask } from './ask.ts';
import { record, text } from './json.ts';
import type { PageProps } from './pages/props.ts';
import { Small } from './parts.tsx';
import { isHere, nodeHere, type Site } from './site.ts';
import type { Life } from './stack/life.ts';
import { knownToken } from './token.tsx';
import { useLoaded } from './use.ts';

const EVERY_MS = 15_000;
/** Newest disputes of the market that are looked through for a buyer's. */
const LOOKED_AT = 20;

/** The alarm; nothing where no stack is disputed. `risk`: what its owner can lose. */
export const DisputeAlarm = ({
  stacks,
  risk,
  children,
}: {
  readonly stacks: readonly bigint[];
  readonly risk: string;
  readonly children?: ComponentChildren;
}): JSX.Element | null =>
  stacks.length === 0 ? null : (
    <p role="alert" class="bad">
      Disputed:{' '}
      {stacks.map((stack) => (
        <span key={String(stack)}>
          <Small kind="stack" of={stack} />{' '}
        </span>
      ))}
      {risk} {children}
    </p>
  );

/** What a node can lose. */
export const NODE_RISK = 'of this node. If the jury does not agree with what it settled, its bond is lost.';
const BUYER_RISK = 'of this gateway’s wallet. Its money stays in the stack until the jury has decided.';

const walletOf = async (site: Site): Promise<string | null> => {
  const token = isHere(site.admin) ? knownToken() : null;
  return token === null ? null : text(record(await ask({ url: '/v1/status', token })).wallet);
};

/** Open disputes about stacks that a wallet owns, of the newest of the market. */
const disputedOf = async ({ reads, atoma }: PageProps, wallet: string): Promise<readonly bigint[]> => {
  const kind = 'StackAttestationDisputeEvent';
  const { events } = await reads.listEvents(atoma, { kind, order: 'descending', limit: LOOKED_AT });
  const stacks = await Promise.all(
    events.map((event) =>
      event.kind === kind ? reads.findStack(atoma, { stackSmallId: event.data.stackSmallId }) : null,
    ),
  );
  return stacks.flatMap((stack) => (stack?.owner === wallet ? [stack.stackSmallId] : []));
};

/** At a gateway's console: disputed stacks that its wallet bought. */
export const BuyerAlarm = (props: PageProps & { readonly wallet: string }): JSX.Element | null => {
  const found = useLoaded(() => disputedOf(props, props.wallet), [props.wallet], EVERY_MS);
  return <DisputeAlarm stacks={found.kind === 'here' ? found.value : []} risk={BUYER_RISK} />;
};

/** A buyer's stack is disputed: until when it may still show what it holds, and how. */
const ShowEvidence = ({ stack, until }: { readonly stack: bigint; readonly until: bigint }): JSX.Element => (
  <>
    It is disputed: show evidence until epoch {String(until)}. The gateway shows its receipts by itself; others go with{' '}
    <code>./dev/cli db show-dispute-evidence --stack-small-id {String(stack)} --receipts FILE</code>
  </>
);

/** On a stack's page: the stack is disputed, and the node or the gateway that served this page is its own. */
export const StackAlarm = ({ site, reads, life }: PageProps & { readonly life: Life }): JSX.Element | null => {
  const wallet = useLoaded(() => walletOf(site), []);
  const { stack, dispute } = life;
  if (!stack || !dispute) return null;
  const isNodes = nodeHere(site)?.node === stack.selectedNodeSmallId;
  const isBuyers = wallet.kind === 'here' && wallet.value === stack.owner;
  if (!isNodes && !isBuyers) return null;
  const deadline = isBuyers && reads.mayShow(dispute, life.epoch.epoch) ? reads.evidenceDeadline(dispute) : null;
  return (
    <DisputeAlarm stacks={[life.id]} risk={isNodes ? NODE_RISK : BUYER_RISK}>
      {deadline !== null && <ShowEvidence stack={life.id} until={deadline - 1n} />}
    </DisputeAlarm>
  );
};
