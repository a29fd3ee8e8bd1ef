/** What was typed and is no digest, id or number: a name of a model or a node, a request id, a receipt. */
import type { JSX } from 'preact';
import { send } from '../ask.ts';
import { Facts, Panel, Show, Small, Table } from '../parts.tsx';
import { isHere } from '../site.ts';
import { knownToken } from '../token.tsx';
import { reasonOf, useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

const MOST = 50;
const REQUEST_ID = /^[0-9a-f]{32}$/i;

const findNames = async ({ reads, atoma }: PageProps, text: string) => {
  const [tasks, nodes] = await Promise.all([reads.searchTasks(atoma, { text }), reads.searchNodes(atoma, { text })]);
  return { tasks, nodes };
};

const Names = (props: PageProps & { readonly text: string }): JSX.Element => {
  const { reads, text } = props;
  const loaded = useLoaded(() => findNames(props, text), [text]);
  return (
    <Panel title={`Names with “${text}”`}>
      <Show
        of={loaded}
        as={({ tasks, nodes }) => (
          <>
            <Table
              heads={['Task', 'Model', 'Role', 'Level']}
              empty="No task sells such a model."
              rows={tasks.map((task) => [
                <Small kind="task" of={task.taskSmallId} />,
                task.modelName,
                reads.roleName(task.role),
                reads.securityLevelName(task.securityLevel),
              ])}
            />
            {nodes.length > 0 && (
              <Table
                heads={['Node', 'Address']}
                empty=""
                rows={nodes.map((node) => [<Small kind="node" of={node.nodeSmallId} />, node.url])}
              />
            )}
          </>
        )}
      />
    </Panel>
  );
};

/** A receipt alone, or a line of an export: only the latter has a signature to check. */
const readReceipt = async (text: string) => {
  const { readTyped } = await import('../stack/typed-receipt.ts');
  return readTyped(text);
};

const Receipt = ({ text }: { readonly text: string }): JSX.Element | null => {
  const loaded = useLoaded(() => readReceipt(text), [text]);
  return (
    <Show
      of={loaded}
      as={(receipt) => (
        <Panel title="Receipt">
          {receipt === null ? (
            <p class="quiet">It is not a receipt either.</p>
          ) : (
            <>
              <Facts
                of={[
                  ['Stack', <Small kind="stack" of={receipt.stack} />],
                  ['Node', <Small kind="node" of={receipt.node} />],
                  ['Row', String(receipt.index)],
                  ['Request', <code>{receipt.requestId}</code>],
                  ['Units', receipt.units.toLocaleString('en')],
                  ['Units in all', receipt.cumulative.toLocaleString('en')],
                ]}
              />
              <p class={receipt.fault === null ? 'good' : receipt.signer === null ? '' : 'bad'} role="status">
                {receipt.signer === null
                  ? 'Without its signature nothing can be said of who gave it.'
                  : (receipt.fault ?? `It is signed by ${receipt.signer}.`)}
              </p>
            </>
          )}
        </Panel>
      )}
    />
  );
};

const Request = ({ site, text }: PageProps & { readonly text: string }): JSX.Element => {
  const token = isHere(site.admin) ? knownToken() : null;
  const loaded = useLoaded(async () => {
    if (token === null) return null;
    try {
      return await (await send({ url: `/v1/receipts?request=${text}`, token })).text();
    } catch (error) {
      return reasonOf(error);
    }
  }, [text]);
  return (
    <Panel title="Request">
      <Show
        of={loaded}
        as={(line) =>
          line === null ? (
            <p>
              Requests are known to their buyer and their node alone.{' '}
              {site.admin !== null && (
                <>
                  Open the <a href={`${site.admin}/#/gateway`}>gateway’s console</a> and look for it there.
                </>
              )}
            </p>
          ) : (
            <Receipt text={line} />
          )
        }
      />
    </Panel>
  );
};

/** The page. */
export const FindPage = (props: PageProps & { readonly text: string }): JSX.Element => {
  const { text } = props;
  if (REQUEST_ID.test(text)) return <Request {...props} />;
  return (
    <>
      <Names {...props} />
      {text.length > MOST && <Receipt text={text} />}
    </>
  );
};
