/** One transaction: what it called, what it changed, what it cost, why it failed. */
import type { JSX } from 'preact';
import { Facts, Id, Panel, Show, shortType, Table } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const sui = (mist: bigint): string => `${(Number(mist) / 1e9).toLocaleString('en', { maximumFractionDigits: 9 })} SUI`;

/** The page. */
export const TransactionPage = ({ reads, atoma, digest }: PageProps & { readonly digest: string }): JSX.Element => {
  const loaded = useLoaded(() => reads.getTransaction(atoma, { digest }), [digest]);
  return (
    <Panel title="Transaction">
      <Show
        of={loaded}
        as={(tx) => (
          <>
            <Facts
              of={[
                ['Digest', tx.digest],
                ['Outcome', tx.failure === null ? 'succeeded' : `failed: ${tx.failure.sentence}`],
                ...(tx.failure?.remedy ? ([['What to do', tx.failure.remedy]] as const) : []),
                ['Sender', tx.sender === null ? 'the system' : <Id of={tx.sender} />],
                ['Epoch, checkpoint', `${tx.epoch}, ${tx.checkpoint ?? 'none yet'}`],
                ['Time', tx.timestampMs === null ? '–' : new Date(tx.timestampMs).toISOString()],
                [
                  'Gas',
                  `${sui(tx.gas.net)}: computation ${sui(tx.gas.computation)}, storage ${sui(tx.gas.storage)}, given back ${sui(tx.gas.rebate)}`,
                ],
              ]}
            />
            <h3>Calls</h3>
            <Table
              heads={['Function']}
              empty="It called no function."
              rows={tx.calls.map((call) => [shortType(call)])}
            />
            <h3>Events</h3>
            <Table
              heads={['What']}
              empty="It had no event of the market."
              rows={tx.events.map((event) => [reads.describeEvent(event)])}
            />
            <h3>Balances</h3>
            <Table
              heads={['Address', 'Coin', 'Change']}
              numbers={[2]}
              empty="No balance changed."
              rows={tx.balanceChanges.map(({ address, coinType, amount }) => [
                <Id of={address} />,
                coinType.split('::').at(-1) ?? coinType,
                amount.toLocaleString('en'),
              ])}
            />
            <h3>Objects</h3>
            <Table
              heads={['Object', 'Change', 'Type']}
              empty="No object changed."
              rows={tx.changedObjects.map(({ id, change, type }) => [<Id of={id} />, change, shortType(type ?? '')])}
            />
          </>
        )}
      />
    </Panel>
  );
};
