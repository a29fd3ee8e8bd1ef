/** One transaction: what it did step by step, what it changed field by field, what it cost, why it failed. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Commands } from '../explore/command-graph.tsx';
import { readSteps } from '../explore/commands.ts';
import { FieldsTable } from '../explore/fields-table.tsx';
import { type Version, versionOf } from '../explore/versions.ts';
import { Facts, Id, Panel, Show, shortType, Table } from '../parts.tsx';
import { timeText } from '../text.ts';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const sui = (mist: bigint): string => `${(Number(mist) / 1e9).toLocaleString('en', { maximumFractionDigits: 9 })} SUI`;

const read = async ({ reads, atoma }: PageProps, digest: string) => {
  const [view, raw] = await Promise.all([
    reads.getTransaction(atoma, { digest }),
    atoma.client.getTransaction({ digest, include: { transaction: true, effects: true } }),
  ]);
  const found = raw.$kind === 'Transaction' ? raw.Transaction : raw.FailedTransaction;
  const { transaction, effects } = found;
  return { view, steps: await readSteps({ atoma }, transaction), transaction, effects };
};

type Read = Awaited<ReturnType<typeof read>>;
type View = Read['view'];

const Outcome = ({ view }: { readonly view: View }): JSX.Element => (
  <>
    <Facts
      of={[
        ['Digest', <span class="id">{view.digest}</span>],
        ['Outcome', view.failure === null ? <span class="good">succeeded</span> : <strong class="bad">failed</strong>],
        ['Sender', view.sender === null ? 'the system' : <Id of={view.sender} />],
        ['Epoch, checkpoint', `${view.epoch}, ${view.checkpoint ?? 'none yet'}`],
        ['Time', timeText(view.timestampMs)],
      ]}
    />
    {view.failure && (
      <div role="alert">
        <p class="bad">{view.failure.sentence}</p>
        {view.failure.remedy && <p>What to do: {view.failure.remedy}</p>}
      </div>
    )}
  </>
);

const Gas = ({ view, transaction }: Pick<Read, 'view' | 'transaction'>): JSX.Element => {
  const { gas } = view;
  const { budget, price, owner } = transaction.gasData;
  const unit = BigInt(price ?? 0);
  return (
    <Panel title="Gas">
      <Table
        heads={['What', 'SUI', 'Why']}
        numbers={[1]}
        empty=""
        rows={[
          [
            'Computation',
            sui(gas.computation),
            unit > 0n ? `${(gas.computation / unit).toLocaleString('en')} gas units at ${unit} MIST` : 'computation',
          ],
          ['Storage', sui(gas.storage), 'a deposit for everything it wrote, given back when that is deleted'],
          ['Given back', sui(-gas.rebate), 'the deposit of what it replaced or deleted, but for 1 %'],
          [<strong>Paid</strong>, <strong>{sui(gas.net)}</strong>, 'the sum'],
          ...(budget === null || budget === undefined
            ? []
            : [['Budget', sui(BigInt(budget)), 'the most it was allowed to cost'] as const]),
        ]}
      />
      {owner && owner !== view.sender && (
        <p>
          Paid by <Id of={owner} />.
        </p>
      )}
    </Panel>
  );
};

/** An object's fields before and after; read when it is opened. */
const Change = ({ of, atoma }: { readonly of: Read['effects']['changedObjects'][number] } & PageProps): JSX.Element => {
  const [open, setOpen] = useState(false);
  const { objectId, inputVersion, outputVersion } = of;
  const versions = useLoaded(
    async () =>
      open
        ? Promise.all(
            [inputVersion, outputVersion]
              .filter((version) => version !== null)
              .map((version): Promise<Version> => versionOf({ atoma }, objectId, version)),
          )
        : [],
    [open],
  );
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>fields</summary>
      {open && <Show of={versions} as={(list) => <FieldsTable versions={list} changed={list.length > 1} />} />}
    </details>
  );
};

const Objects = (props: PageProps & { readonly found: Read }): JSX.Element => {
  const { view, effects } = props.found;
  const changes = new Map(effects.changedObjects.map((change) => [change.objectId, change]));
  return (
    <Panel title="Objects">
      <Table
        heads={['Object', 'Change', 'Type', 'What changed']}
        empty="No object changed."
        rows={view.changedObjects.map(({ id, change, type }) => {
          const raw = changes.get(id);
          return [
            <Id of={id} page={type === 'package' ? 'package' : 'object'} />,
            change,
            shortType(type ?? ''),
            raw && type !== 'package' ? <Change {...props} of={raw} /> : '–',
          ];
        })}
      />
    </Panel>
  );
};

/** The page. */
export const TransactionPage = (props: PageProps & { readonly digest: string }): JSX.Element => {
  const { reads, digest } = props;
  const loaded = useLoaded(() => read(props, digest), [digest]);
  return (
    <Show
      of={loaded}
      as={(found) => {
        const { view, steps, transaction } = found;
        return (
          <>
            <Panel title="Transaction">
              <Outcome view={view} />
            </Panel>
            <Panel title="Commands">
              {steps.length === 0 ? <p class="quiet">It had no command of a person.</p> : <Commands steps={steps} />}
            </Panel>
            <Panel title="Events">
              <Table
                heads={['What', 'Fields']}
                empty="It had no event."
                rows={[
                  ...view.events.map((event) => [reads.describeEvent(event), event.kind] as const),
                  ...view.otherEvents.map(
                    ({ type, data }) => [shortType(type), <code>{JSON.stringify(data)}</code>] as const,
                  ),
                ]}
              />
            </Panel>
            <Panel title="Balances">
              <Table
                heads={['Address', 'Coin', 'Change']}
                numbers={[2]}
                empty="No balance changed."
                rows={view.balanceChanges.map(({ address, coinType, amount }) => [
                  <Id of={address} />,
                  coinType.split('::').at(-1) ?? coinType,
                  `${amount > 0n ? '+' : ''}${amount.toLocaleString('en')}`,
                ])}
              />
            </Panel>
            <Objects {...props} found={found} />
            <Gas view={view} transaction={transaction} />
          </>
        );
      }}
    />
  );
};
