/** An object with its fields, or an address with what it owns. */
import type { JSX } from 'preact';
import { Facts, Id, Panel, Show, shortType, Table } from '../parts.tsx';
import { reasonOf, useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const read = async ({ atoma }: PageProps, id: string) => {
  const object = await atoma.client
    .getObject({ objectId: id, include: { json: true, previousTransaction: true } })
    .then(({ object: found }) => found)
    .catch((error: unknown) => reasonOf(error));
  const [owned, balances] = await Promise.all([
    atoma.client.listOwnedObjects({ owner: id, limit: 50 }),
    atoma.client.listBalances({ owner: id }),
  ]);
  return { object, owned, balances };
};

const ownerText = (owner: { readonly $kind: string }): string => {
  const value = (owner as unknown as Record<string, unknown>)[owner.$kind];
  return typeof value === 'string' ? `${owner.$kind} ${value}` : owner.$kind;
};

/** The page. */
export const ObjectPage = (props: PageProps & { readonly id: string }): JSX.Element => {
  const { id } = props;
  const loaded = useLoaded(() => read(props, id), [id], 5_000);
  return (
    <Show
      of={loaded}
      as={({ object, owned, balances }) => (
        <>
          {typeof object !== 'string' && (
            <Panel title="Object">
              <Facts
                of={[
                  ['Id', object.objectId],
                  ['Type', object.type],
                  ['Version', String(object.version)],
                  ['Owner', ownerText(object.owner)],
                  [
                    'Last changed by',
                    object.previousTransaction ? <Id of={object.previousTransaction} page="tx" /> : '–',
                  ],
                ]}
              />
              <h3>Fields</h3>
              <pre tabIndex={0}>{JSON.stringify(object.json ?? null, null, 2)}</pre>
            </Panel>
          )}
          <Panel title={typeof object === 'string' ? 'Address' : 'As an address'}>
            <p class="id">{id}</p>
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
            {owned.hasNextPage && <p class="quiet">The first 50 are shown.</p>}
          </Panel>
        </>
      )}
    />
  );
};
