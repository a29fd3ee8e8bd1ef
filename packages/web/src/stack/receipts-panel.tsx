/** Requests and receipts of a stack, checked in the page against what was settled. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { send } from '../ask.ts';
import type { PageProps } from '../pages/props.ts';
import { Fault, Panel, Table } from '../parts.tsx';
import { isHere } from '../site.ts';
import { knownToken } from '../token.tsx';
import { reasonOf } from '../use.ts';
import { attesterCounts, type Life, last } from './life.ts';
import type { ReceiptCheck, Settled } from './receipts.ts';

const SHOWN = 50;

const settledOf = (life: Life): Settled | null => {
  const { id, steps, bought } = life;
  const made = last(steps, 'StackCreatedEvent');
  if (!made) return null;
  const settled = last(steps, 'StackTrySettleEvent');
  return {
    stack: id,
    nodeAddress: made.nodeAddress,
    attesters: attesterCounts(life),
    size: bought ? { samples: Number(bought.terms.samples), share: Number(bought.terms.sampledShare) } : null,
    settlement: settled
      ? { root: settled.committedStackProof, claimed: settled.numClaimedComputeUnits, seed: settled.auditSeed }
      : null,
  };
};

const verdictOf = ({ receipts, rootMatches }: ReceiptCheck, settled: boolean): readonly [string, string] => {
  const bad = receipts.filter(({ fault }) => fault !== null).length;
  if (bad > 0) return ['bad', `${bad} of ${receipts.length} receipts are not sound.`];
  if (rootMatches === true)
    return ['good', `All ${receipts.length} receipts are signed by the node and lead to the root it settled with.`];
  if (rootMatches === false) return ['bad', 'The receipts are sound, but the node settled with another root.'];
  const why = settled ? 'they are not all that was settled' : 'nothing is settled yet';
  return ['', `All ${receipts.length} receipts are signed by the node; ${why}.`];
};

const Checked = ({ check, settled }: { readonly check: ReceiptCheck; readonly settled: boolean }): JSX.Element => {
  const [shown, show] = useState(SHOWN);
  const audited = new Set(check.auditRows);
  const [kind, words] = verdictOf(check, settled);
  return (
    <>
      <p class={kind} role="status">
        {words} {check.units.toLocaleString('en')} units.
      </p>
      <Table
        heads={['Row', 'Request', 'Units', 'In all', 'Checked by others', 'Receipt']}
        numbers={[0, 2, 3]}
        empty="The file holds no receipt of this stack."
        rows={check.receipts
          .slice(0, shown)
          .map(({ index, requestId, units, cumulative, fault }) => [
            String(index),
            <code>{requestId}</code>,
            units.toLocaleString('en'),
            cumulative.toLocaleString('en'),
            audited.has(Number(index)) ? 'yes' : '–',
            fault === null ? <span class="good">sound</span> : <strong class="bad">{fault}</strong>,
          ])}
      />
      {check.receipts.length > shown && (
        <button type="button" onClick={() => show(shown + SHOWN)}>
          More
        </button>
      )}
    </>
  );
};

/** The panel. Receipts lie with the buyer: they come from a file, or from the gateway's administration where this page was opened. */
export const Receipts = ({ site, life }: PageProps & { readonly life: Life }): JSX.Element | null => {
  const [check, setCheck] = useState<ReceiptCheck | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const against = settledOf(life);
  if (!against) return null;
  const look = async (read: () => Promise<string>): Promise<void> => {
    setFault(null);
    try {
      const { checkReceipts } = await import('./receipts.ts');
      setCheck(await checkReceipts(await read(), against));
    } catch (error) {
      setFault(reasonOf(error));
    }
  };
  const token = isHere(site.admin) ? knownToken() : null;
  return (
    <Panel title="Requests and receipts">
      <p class="tools">
        <label>
          File of <code>atoma receipts export --stack {String(life.id)}</code>{' '}
          <input
            type="file"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void look(() => file.text());
            }}
          />
        </label>
        {token !== null && (
          <button
            type="button"
            onClick={() => void look(async () => (await send({ url: `/v1/receipts?stack=${life.id}`, token })).text())}
          >
            Those of this gateway
          </button>
        )}
      </p>
      <Fault of={fault} />
      {check === null ? (
        <p class="quiet">
          Receipts lie with the buyer and the node, not on the chain. They are checked in this page and go nowhere.
        </p>
      ) : (
        <Checked check={check} settled={against.settlement !== null} />
      )}
    </Panel>
  );
};
