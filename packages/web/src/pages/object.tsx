/** An object with its fields and every version of them, or an address with what it owns. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../ask.ts';
import { FieldsTable } from '../explore/fields-table.tsx';
import { type Version, versionOf } from '../explore/versions.ts';
import { record, rows, text } from '../json.ts';
import { Facts, Fault, Id, Panel, Show, shortType, Table } from '../parts.tsx';
import { timeText } from '../text.ts';
import { reasonOf, useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const EVERY_MS = 5_000;
const PAGE = 50;
/** Versions side by side. */
const SIDE = 3;

const read = async ({ atoma }: PageProps, id: string) => {
  const object = await atoma.client
    .getObject({ objectId: id, include: { previousTransaction: true } })
    .then(({ object: found }) => found)
    .catch(() => null);
  const [owned, balances] = await Promise.all([
    atoma.client.listOwnedObjects({ owner: id, limit: PAGE }),
    atoma.client.listBalances({ owner: id }),
  ]);
  return { object, owned, balances };
};

const ownerText = (owner: { readonly $kind: string }): string => {
  const value = (owner as unknown as Record<string, unknown>)[owner.$kind];
  return typeof value === 'string' ? `${owner.$kind} ${value}` : owner.$kind;
};

/** What one transaction left of the object. */
const writtenBy = async ({ reads, atoma }: PageProps, id: string, digest: string) => {
  const { changedObjects, timestampMs, sender } = await reads.getTransaction(atoma, { digest });
  const change = changedObjects.find((each) => each.id === id);
  const gone = change === undefined || change.change === 'deleted' || change.change === 'wrapped';
  const version: Version =
    gone || change.version === null
      ? { version: change?.change ?? 'gone', fields: new Map() }
      : await versionOf({ atoma }, id, change.version);
  return { version, timestampMs, sender, digest, change: change?.change ?? 'changed' };
};

const Selected = (
  props: PageProps & { readonly id: string; readonly digests: readonly string[]; readonly at: number },
): JSX.Element => {
  const { id, digests, at } = props;
  const shown = digests.slice(Math.max(0, at - SIDE + 1), at + 1);
  const loaded = useLoaded(() => Promise.all(shown.map((digest) => writtenBy(props, id, digest))), [shown.join(' ')]);
  return (
    <Show
      of={loaded}
      as={(writes) => {
        const now = writes.at(-1);
        return (
          <>
            {now && (
              <p aria-live="polite">
                {now.change} at {timeText(now.timestampMs)} by <Id of={now.digest} page="tx" />
                {now.sender && (
                  <>
                    {' of '}
                    <Id of={now.sender} />
                  </>
                )}
              </p>
            )}
            <FieldsTable versions={writes.map(({ version }) => version)} />
          </>
        );
      }}
    />
  );
};

/** Transactions that wrote the object, oldest first: so many pages of the newest. */
const digestsOf = async ({ reads, atoma }: PageProps, objectId: string, pages: number) => {
  const digests: string[] = [];
  let before: Uint8Array | null = null;
  for (let page = 0; page < pages; page++) {
    const from: { readonly before?: Uint8Array } = before === null ? {} : { before };
    const found: Awaited<ReturnType<typeof reads.listObjectTransactions>> = await reads.listObjectTransactions(atoma, {
      objectId,
      limit: PAGE,
      ...from,
    });
    digests.unshift(...found.digests.toReversed());
    before = found.cursor;
    if (before === null) break;
  }
  return { digests, more: before !== null };
};

const History = (props: PageProps & { readonly id: string }): JSX.Element => {
  const { id } = props;
  const [at, setAt] = useState<number | null>(null);
  const [pages, setPages] = useState(1);
  const loaded = useLoaded(() => digestsOf(props, id, pages), [id], pages === 1 ? EVERY_MS : undefined, pages);
  return (
    <Panel title="History">
      <Show
        of={loaded}
        as={({ digests, more }) => {
          if (digests.length === 0) return <p class="quiet">Nothing is known of it.</p>;
          const shown = Math.min(at ?? digests.length - 1, digests.length - 1);
          return (
            <>
              <p class="tools">
                <label class="grow">
                  {more ? `The last ${digests.length} versions: ` : 'Version '}
                  {shown + 1} of {digests.length}{' '}
                  <input
                    type="range"
                    min={0}
                    max={digests.length - 1}
                    value={shown}
                    onInput={(event) => setAt(Number(event.currentTarget.value))}
                  />
                </label>
                {more && (
                  <button
                    type="button"
                    onClick={() => {
                      setAt(null);
                      setPages(pages + 1);
                    }}
                  >
                    Earlier versions too
                  </button>
                )}
              </p>
              <Selected {...props} digests={digests} at={shown} />
            </>
          );
        }}
      />
    </Panel>
  );
};

/** The faucet of a ledger of ours, for this address. */
const Faucet = ({ site, id }: PageProps & { readonly id: string }): JSX.Element | null => {
  const [sent, tell] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  if (!site.ours) return null;
  const give = async (): Promise<void> => {
    setFault(null);
    try {
      const body = { FixedAmountRequest: { recipient: id } };
      const answer = record(await ask({ url: `${site.ledger}/v2/gas`, method: 'POST', body }));
      tell(text(rows(answer.coins_sent)[0]?.transferTxDigest));
    } catch (error) {
      setFault(reasonOf(error));
    }
  };
  return (
    <>
      <p class="tools">
        <button type="button" onClick={() => void give()}>
          Give it SUI from the faucet
        </button>
        {sent !== null && (
          <span role="status">
            Sent in <Id of={sent} page="tx" />
          </span>
        )}
      </p>
      <Fault of={fault} />
    </>
  );
};

/** The page. */
export const ObjectPage = (props: PageProps & { readonly id: string }): JSX.Element => {
  const { id } = props;
  const loaded = useLoaded(() => read(props, id), [id], EVERY_MS);
  return (
    <Show
      of={loaded}
      as={({ object, owned, balances }) => (
        <>
          {object && (
            <Panel title="Object">
              <Facts
                of={[
                  ['Id', <span class="id">{object.objectId}</span>],
                  ['Type', shortType(object.type)],
                  ['Version', String(object.version)],
                  ['Owner', ownerText(object.owner)],
                  [
                    'Last changed by',
                    object.previousTransaction ? <Id of={object.previousTransaction} page="tx" /> : '–',
                  ],
                  ...(object.type === 'package'
                    ? ([['Modules', <a href={`#/package/${id}`}>the package’s page</a>]] as const)
                    : []),
                ]}
              />
            </Panel>
          )}
          {(object || (owned.objects.length === 0 && balances.balances.length === 0)) && <History {...props} />}
          <Panel title={object ? 'As an address' : 'Address'}>
            <p class="id">{id}</p>
            {!object && <Faucet {...props} />}
            <Table
              heads={['Coin', 'Balance']}
              numbers={[1]}
              empty="It has no coins."
              rows={balances.balances.map(({ coinType, balance }) => [
                coinType.split('::').at(-1) ?? coinType,
                BigInt(balance).toLocaleString('en'),
              ])}
            />
            <h3>Objects it owns</h3>
            <Table
              heads={['Object', 'Type']}
              empty="It owns nothing."
              rows={owned.objects.map((each) => [<Id of={each.objectId} />, shortType(each.type)])}
            />
            {owned.hasNextPage && <p class="quiet">The first {PAGE} are shown.</p>}
          </Panel>
        </>
      )}
    />
  );
};
