/** The gateway's console: keys, tenants, what was spent, stacks, the audit log, and whether the books agree. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { ask } from '../ask.ts';
import { Columns } from '../chart.tsx';
import { number, record, rows, text, texts, whole } from '../json.ts';
import { BuyerAlarm } from '../own-disputes.tsx';
import { Facts, Fault, Id, Panel, Show, Small, Table } from '../parts.tsx';
import { isHere } from '../site.ts';
import { WithToken } from '../token.tsx';
import { reasonOf, useLoaded } from '../use.ts';
import { KeyForm } from './gateway-keys.tsx';
import type { PageProps } from './props.ts';

const EVERY_MS = 3_000;
const DAYS = 30;
const DAY_MS = 86_400_000;

/** The admin API at this page's own address. */
export type Admin = (path: string, method?: 'POST' | 'DELETE', body?: unknown) => Promise<unknown>;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const timeOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

type Line = ReturnType<typeof lineOf>;

/** A line and its hour, ms since 1970. */
interface Hour {
  readonly hour: number;
  readonly line: Line;
}

const lineOf = (line: Readonly<Record<string, unknown>>) => ({
  day: dayOf(number(line.hour_ms)),
  model: text(line.model),
  tenant: text(line.tenant),
  requests: number(line.requests),
  units: whole(line.units),
  cost: whole(line.cost),
});

/** Sums of the lines by one of their members, in the order of its values. */
const sumBy = (lines: readonly Line[], member: 'day' | 'model' | 'tenant') => {
  const sums = new Map<string, { requests: number; units: bigint; cost: bigint }>();
  for (const { requests, units, cost, [member]: of } of lines) {
    const sum = sums.get(of) ?? { requests: 0, units: 0n, cost: 0n };
    sums.set(of, { requests: sum.requests + requests, units: sum.units + units, cost: sum.cost + cost });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
};

const Spending = ({ lines, reads }: Pick<PageProps, 'reads'> & { readonly lines: readonly Line[] }): JSX.Element => (
  <Panel title={`Spent in ${DAYS} days`}>
    <div class="charts">
      {(['day', 'model', 'tenant'] as const).map((member) => (
        <Columns
          key={member}
          title={`By ${member}`}
          empty="Nothing was used yet."
          columns={sumBy(lines, member).map(([name, { cost, units, requests }]) => ({
            name,
            value: Number(cost),
            said: `${reads.formatAmount(cost)}, ${units.toLocaleString('en')} units, ${requests} ${requests === 1 ? 'request' : 'requests'}`,
          }))}
        />
      ))}
    </div>
  </Panel>
);

/** Sums of hours: read whole at first and seldom, in between only from the last whole hour on. */
const Spent = ({ admin, reads }: Pick<PageProps, 'reads'> & { readonly admin: Admin }): JSX.Element => {
  const known = useRef<readonly Hour[]>([]);
  const lines = useLoaded(
    async () => {
      const since = Math.max(known.current.at(-1)?.hour ?? 0, Date.now() - DAYS * DAY_MS);
      const news = rows(await admin(`/v1/usage?since_ms=${since}`)).map((line) => ({
        hour: number(line.hour_ms),
        line: lineOf(line),
      }));
      const kept = known.current.filter(({ hour }) => hour < since && hour >= Date.now() - DAYS * DAY_MS);
      known.current = [...kept, ...news].sort((a, b) => a.hour - b.hour);
      return known.current.map(({ line }) => line);
    },
    [],
    EVERY_MS,
  );
  return <Show of={lines} as={(list) => <Spending lines={list} reads={reads} />} />;
};

const LIMITS = [
  ['requests_per_minute', 'requests a minute'],
  ['units_per_minute', 'units a minute'],
  ['concurrency', 'at once'],
  ['day_units', 'units a day'],
  ['month_units', 'units a month'],
  ['day_cost', 'base units a day'],
  ['month_cost', 'base units a month'],
] as const;

const limitsOf = (key: Readonly<Record<string, unknown>>): string => {
  const set = LIMITS.filter(([member]) => key[member] !== null && key[member] !== undefined);
  return set.length === 0 ? 'none' : set.map(([member, words]) => `${text(key[member])} ${words}`).join(', ');
};

const Keys = ({
  keys,
  admin,
  changed,
}: {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  readonly admin: Admin;
  readonly changed: () => void;
}): JSX.Element => {
  const [asked, askFor] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const revoke = async (id: string): Promise<void> => {
    try {
      await admin(`/v1/keys/${encodeURIComponent(id)}`, 'DELETE');
      changed();
    } catch (error) {
      setFault(reasonOf(error));
    }
    askFor(null);
  };
  const stateOf = (key: Readonly<Record<string, unknown>>): JSX.Element | string => {
    const id = text(key.id);
    if (key.revoked_ms !== null) return `revoked ${dayOf(number(key.revoked_ms))}`;
    if (asked !== id)
      return (
        <button type="button" onClick={() => askFor(id)}>
          Revoke
        </button>
      );
    return (
      <span class="tools">
        <button type="button" class="danger" onClick={() => void revoke(id)}>
          Revoke for ever
        </button>
        <button type="button" onClick={() => askFor(null)}>
          Keep
        </button>
      </span>
    );
  };
  return (
    <Panel title="Keys">
      <Table
        heads={['Key', 'Tenant', 'Name', 'Models', 'Quotas', 'Made', 'State']}
        empty="There is no key yet."
        rows={keys.map((key) => [
          <code>{text(key.id)}</code>,
          text(key.tenant),
          text(key.name),
          texts(key.models).join(', ') || 'all',
          limitsOf(key),
          dayOf(number(key.created_ms)),
          stateOf(key),
        ])}
      />
      <Fault of={fault} />
      <KeyForm admin={admin} made={changed} />
    </Panel>
  );
};

const Stacks = ({
  stacks,
  reads,
}: Pick<PageProps, 'reads'> & { readonly stacks: readonly Readonly<Record<string, unknown>>[] }): JSX.Element => (
  <Panel title="Stacks">
    <Table
      heads={['Stack', 'Node', 'Model', 'Level', 'Price', 'Units', 'Free', 'State']}
      numbers={[4, 5, 6]}
      empty="It holds no stack."
      rows={stacks.map((stack) => [
        <Small kind="stack" of={whole(stack.stack)} />,
        <Small kind="node" of={whole(stack.node)} />,
        text(stack.model),
        reads.securityLevelName(number(stack.level)),
        text(stack.price),
        whole(stack.units).toLocaleString('en'),
        whole(stack.free).toLocaleString('en'),
        text(stack.blocked) || text(stack.stage),
      ])}
    />
  </Panel>
);

const Reconcile = ({ admin }: { readonly admin: Admin }): JSX.Element => {
  const [round, again] = useState(0);
  const checked = useLoaded(async () => (round === 0 ? null : record(await admin('/v1/reconcile'))), [round]);
  return (
    <Panel title="Do the books agree?">
      <p>
        <button type="button" onClick={() => again(round + 1)}>
          Compare books, receipts, nodes and chain
        </button>
      </p>
      <Show
        of={checked}
        as={(said) =>
          said === null ? (
            <p class="quiet">The same check runs by itself every hour.</p>
          ) : (
            <>
              <p class={said.agrees === true ? 'good' : 'bad'} role="status">
                {said.agrees === true ? 'They agree' : 'They differ'}: {text(said.booked)} units booked,{' '}
                {text(said.receipted)} receipted.
              </p>
              <Table
                heads={['Stack', 'Node', 'Receipts', 'Node’s ledger', 'Claimed', 'Unresolved', 'Agrees']}
                numbers={[2, 3, 4, 5]}
                empty="No stack is open."
                rows={rows(said.stacks).map((stack) => [
                  <Small kind="stack" of={whole(stack.stack)} />,
                  <Small kind="node" of={whole(stack.node)} />,
                  text(stack.receipts),
                  text(stack.node_ledger) || 'no answer',
                  text(stack.claimed) || 'not yet',
                  text(stack.exposure),
                  stack.agrees === true ? 'yes' : 'no',
                ])}
              />
            </>
          )
        }
      />
    </Panel>
  );
};

const AUDIT_SHOWN = 50;

const Audit = ({ admin }: { readonly admin: Admin }): JSX.Element => {
  const [shown, show] = useState(AUDIT_SHOWN);
  const read = useLoaded(async () => rows(await admin(`/v1/audit?limit=${shown + 1}`)), [shown], EVERY_MS);
  return (
    <Panel title="Audit log">
      <Show
        of={read}
        as={(lines) => (
          <>
            <Table
              heads={['Time', 'Who', 'What', 'Detail']}
              empty="Nothing is written down yet."
              rows={lines
                .slice(0, shown)
                .map((line) => [
                  timeOf(number(line.at_ms)),
                  text(line.actor),
                  text(line.action),
                  <code>{text(line.detail)}</code>,
                ])}
            />
            {lines.length > shown && (
              <button type="button" onClick={() => show(shown + AUDIT_SHOWN)}>
                Older
              </button>
            )}
          </>
        )}
      />
    </Panel>
  );
};

const Console = (props: PageProps & { readonly token: string }): JSX.Element => {
  const { reads, token } = props;
  const admin: Admin = (path, method, body) => ask({ url: path, token, ...(method ? { method } : {}), body });
  const [round, again] = useState(0);
  const loaded = useLoaded(
    async () => {
      const [status, keys] = await Promise.all([admin('/v1/status'), admin('/v1/keys')]);
      return { status: record(status), keys: rows(keys) };
    },
    [],
    EVERY_MS,
    round,
  );
  return (
    <>
      <Show
        of={loaded}
        as={({ status, keys }) => (
          <>
            <BuyerAlarm {...props} wallet={text(status.wallet)} />
            <Panel title="Gateway">
              <Facts
                of={[
                  ['Paid by', <Id of={text(status.wallet)} />],
                  ['Keys in use', text(status.keys)],
                  ['Requests', `${text(status.requests)}, ${text(status.running)} under way`],
                  ['Charged to clients', `${text(status.units)} units, ${reads.formatAmount(whole(status.cost))}`],
                  ['Paid for stacks', reads.formatAmount(whole(status.spent_total))],
                  ['In the last 24 hours', reads.formatAmount(whole(status.spent_day))],
                ]}
              />
            </Panel>
            <Keys keys={keys} admin={admin} changed={() => again(round + 1)} />
            <Stacks stacks={rows(status.stacks)} reads={reads} />
          </>
        )}
      />
      <Spent admin={admin} reads={reads} />
      <Audit admin={admin} />
      <Reconcile admin={admin} />
    </>
  );
};

/** The page. Its token counts only at the administration's own address, so that is where it is shown. */
export const GatewayPage = (props: PageProps): JSX.Element => {
  const { admin } = props.site;
  if (!isHere(admin))
    return (
      <Panel title="Gateway console">
        {admin === null ? (
          <p>No gateway with an administrator runs here.</p>
        ) : (
          <p>
            It is at <a href={`${admin}/#/gateway`}>{admin}</a>, for this machine only.
          </p>
        )}
      </Panel>
    );
  return (
    <WithToken
      title="Gateway console"
      check="/v1/status"
      where="`atoma gateway run` and `atoma up` say which file holds the token. It stays in this page’s memory."
      as={(token) => <Console {...props} token={token} />}
    />
  );
};
