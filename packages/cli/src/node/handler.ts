import { existsSync } from 'node:fs';
import { keepToItself } from '@atoma/base';
import { type NodeConfig, nodeConfigExample, openConfigured, parseNodeConfig } from '@atoma/node';
import { formatAmount } from '@atoma/sdk';
import { rehearsalKeyFile } from '../buyer/confidential.ts';
import { untilStopped } from '../buyer/stop.ts';
import { given } from '../chain/given.ts';
import { announceRunning } from '../chain/running.ts';
import { openSession } from '../chain/session.ts';
import { openChainToStay } from '../chain/stay.ts';
import { makePrivateDirectory, writePrivateFile } from '../config/home.ts';
import type { Handler, Json, Report, Run } from '../kernel/command.ts';
import { counted, grouped } from '../kernel/lines.ts';
import * as s from '../kernel/schema.ts';
import { version } from '../kernel/version.ts';
import { openPages, siteOn } from '../pages.ts';
import { allChecks } from './all-checks.ts';
import {
  type Duty,
  drainedFields,
  dutyList,
  reopenedFields,
  resyncedFields,
  type Status,
  settledFields,
  statusFields,
} from './answers.ts';
import { type Check, check, checkLine } from './doctor-check.ts';
import type { askFlags, doctorFlags, initFlags, runFlags, settleFlags } from './flags.ts';
import { nodeFiles, readNodeConfig } from './node-files.ts';
import { askDaemon } from './operator-client.ts';

/** How long an interrupted daemon may take to settle and end, ms. */
const GRACE_MS = 30_000;

/** What a command of the node reports. */
const said = (data: Readonly<Record<string, Json>>, ...lines: readonly string[]): Report => ({
  data,
  lines: () => lines,
});

/** `atoma node init` */
export const init: Handler<typeof initFlags> = async (run, { rehearsal }) => {
  const files = nodeFiles(run.settings);
  const kept = existsSync(files.config);
  makePrivateDirectory(files.directory);
  if (!kept) writePrivateFile(files.config, nodeConfigExample({ rehearsal }));
  return {
    ...said({ config: files.config, kept }, `${files.config} ${kept ? 'is kept as it is' : 'is written'}`),
    short: files.config,
  };
};

const usableConfig = (run: Run): { readonly config: NodeConfig; readonly checks: readonly Check[] } => {
  const files = nodeFiles(run.settings);
  try {
    return {
      config: readNodeConfig(files),
      checks: [
        check(
          'config',
          true,
          existsSync(files.config) ? files.config : 'the defaults: `atoma node setup` writes a file',
        ),
      ],
    };
  } catch (error) {
    return { config: parseNodeConfig({}, files.config), checks: [check('config', false, (error as Error).message)] };
  }
};

/** `atoma node doctor` */
export const doctor: Handler<typeof doctorFlags> = async (run) => {
  const { config, checks: first } = usableConfig(run);
  const checks = [...first, ...(await allChecks(run, config, () => openSession(run, 'wallet')))];
  return {
    ...said({ checks: checks.map((each) => ({ ...each })) }, ...checks.map(checkLine)),
    negative: checks.some(({ ok }) => !ok),
  };
};

/** `atoma node run` */
export const run: Handler<typeof runFlags> = async (run_, { takeover }) => {
  const files = nodeFiles(run_.settings);
  const config = readNodeConfig(files);
  if (config.confidential !== null) keepToItself();
  const pages = openPages();
  const session = await openSession(run_, 'wallet', (each) => openChainToStay(each, pages?.at('market')));
  const { atoma, chain } = session;
  const { daemon, operator } = await openConfigured({
    config,
    atoma,
    databasePath: files.database(chain.network.name, atoma.deployment),
    tokenPath: files.token,
    rehearsalKeyPath: rehearsalKeyFile(run_.settings),
    takeover,
    version: version(),
    doctor: () => allChecks(run_, config, async () => session),
    ...given({ pages: pages?.at('node') }),
  });
  const facts = {
    node: String(daemon.settle.nodeId),
    port: daemon.port,
    operator_port: operator.port,
    url: daemon.url,
    chain: chain.url,
  };
  pages?.tell(
    siteOn(chain, atoma.deployment, {
      nodes: [
        {
          node: facts.node,
          url: `http://127.0.0.1:${facts.port}`,
          operator: `http://127.0.0.1:${facts.operator_port}`,
        },
      ],
    }),
  );
  const stopped = untilStopped(); // before anybody can read the line and stop us
  announceRunning(run_, `node ${facts.node}`, `http://127.0.0.1:${facts.port}`);
  run_.report({
    data: facts,
    short: facts.node,
    lines: () => [
      `node ${facts.node} serves on port ${facts.port}, announced as ${facts.url || 'nothing'}`,
      `chain: ${chain.network.name} at ${facts.chain}`,
      'Ctrl-C settles used stacks and ends',
    ],
  });
  await Promise.race([stopped, daemon.lost]);
  await operator.close();
  await daemon.stop({ graceMs: GRACE_MS, settle: true });
  return undefined;
};

/** Days of earnings that people are told; JSON has all of them. */
const DAYS_SHOWN = 7;

const earningsLine = ({ day, requests, units, earned }: Status['earnings_by_day'][number]): string =>
  `${day}: ${formatAmount(BigInt(earned))} earned, ${grouped(BigInt(units))} units in ${grouped(BigInt(requests))} ${requests === 1 ? 'request' : 'requests'}`;

/** `atoma node status` */
export const status: Handler<typeof askFlags> = async (run_) => {
  const json = await askDaemon<Status>(run_, '/status', s.record(statusFields));
  const {
    node,
    url,
    running,
    readiness,
    totals,
    held_back: held,
    alarms,
    channel_key: key,
    earnings_by_day: days,
  } = json;
  const waiting = Object.entries(readiness.checks).filter(([, value]) => value !== 'ok');
  return said(
    json,
    `node ${node} at ${url || 'no announced address'}: ${readiness.ready ? 'ready' : `not ready (${waiting.map(([name, value]) => `${name}: ${value}`).join('; ')})`}`,
    `${running} requests running, ${totals.consumed} units served, ${totals.reserved} reserved`,
    `transactions: ${Object.entries(totals.outbox)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ')}; ${totals.openDuties} open duties`,
    ...(held.length === 0
      ? []
      : [
          `held back (quarantine) until their owners send the receipts given since: ${counted(held.length, 'stack')}, ${held.join(', ')}`,
          '  a buyer does so with `atoma receipts restore STACK`; `atoma node reopen STACK` when you know there are none',
        ]),
    ...(key
      ? [
          `key of level 2: ${key.age} epochs old, renewed in epoch ${key.renew_epoch}${key.held ? '' : ' (its private half is lost)'}`,
        ]
      : []),
    ...(days.length === 0 ? ['nothing earned yet'] : days.slice(0, DAYS_SHOWN).map(earningsLine)),
    alarms.length === 0 ? 'no alarms' : `${alarms.length} alarms, the last: ${alarms.at(-1)?.kind}`,
  );
};

/** `atoma node settle` */
export const settle: Handler<typeof settleFlags> = async (run_, { stack }) => {
  const json = await askDaemon(run_, '/settle', s.record(settledFields), { stack: String(stack) });
  return said(json, json.frozen ? `stack ${stack} is frozen; its settlement is sent` : `stack ${stack} drains first`);
};

/** `atoma node reopen` */
export const reopen: Handler<typeof settleFlags> = async (run_, { stack }) => {
  const json = await askDaemon(run_, '/reopen', s.record(reopenedFields), { stack: String(stack) });
  return said(json, json.open ? `stack ${stack} takes work again` : `stack ${stack} is not in quarantine`);
};

/** `atoma node drain` */
export const drain: Handler<typeof askFlags> = async (run_) => {
  const json = await askDaemon(run_, '/drain', s.record(drainedFields), {});
  return said(json, `${json.stacks} stacks are settled`);
};

/** `atoma node duties` */
export const duties: Handler<typeof askFlags> = async (run_) => {
  const rows = await askDaemon<readonly Duty[]>(run_, '/duties', dutyList);
  const line = ({ kind, stack, state, beforeEpoch }: Duty): string =>
    `${kind} stack ${stack}: ${state}${beforeEpoch === null ? '' : `, before epoch ${beforeEpoch}`}`;
  return said({ duties: rows }, ...(rows.length === 0 ? ['nothing is owed'] : rows.map(line)));
};

/** `atoma node resync` */
export const resync: Handler<typeof askFlags> = async (run_) => {
  const json = await askDaemon(run_, '/resync', s.record(resyncedFields), {});
  return said(json, `${json.events} events of the market are read again; ${json.duties} duties are open`);
};
