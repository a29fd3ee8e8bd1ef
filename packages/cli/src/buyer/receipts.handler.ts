import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  auditOffline,
  chainOf,
  computeCommitment,
  equalBytes,
  exportReceipts,
  type Journal,
  openJournal,
  parseReceipts,
  proveReceipt,
  seenSettlement,
  toHex0x,
  verifyReceipts,
} from '@atoma/sdk';
import { marketOf } from '../chain/session.ts';
import { activeWallet } from '../chain/wallets.ts';
import { writePrivateFile } from '../config/home.ts';
import { activeNetwork, type Network } from '../config/networks.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { counted, grouped, rowLines, tableLines } from '../kernel/lines.ts';
import { readText } from '../kernel/read-text.ts';
import type * as specs from './flags.ts';
import { fileOfMarket, walletJournal } from './market-files.ts';
import { openBuyer } from './open-buyer.ts';
import { receiptRows, receiptsData } from './receipt-rows.ts';

/** A network that is not there: its wallet is the named one, or the throw-away one. */
const away: Network = { name: 'away', kind: 'localnet', url: undefined, origin: '', fromSui: false };

/** The wallet's journal to look at; undefined when it never bought anything. Needs no chain and disturbs no buyer. */
const readJournal = async (run: Run): Promise<Journal | undefined> => {
  const path = await fileOfMarket(
    run,
    'buyer',
    async () => {
      const network = await activeNetwork(run.settings);
      const { address } = await activeWallet(run.settings, network);
      return walletJournal(run, network, await marketOf(run, network), address);
    },
    async () => `${(await activeWallet(run.settings, away)).address}.sqlite`,
  );
  if (!existsSync(path)) return undefined;
  const journal = await openJournal({ path, readOnly: true });
  run.onEnd(journal.close);
  return journal;
};

/** `atoma receipts list` */
export const listReceipts: Handler<typeof specs.receiptsListFlags> = async (run, { stack, limit = 50 }) => {
  const rows = await receiptRows(await readJournal(run), stack, limit);
  return {
    data: receiptsData(rows),
    short: rows.map(({ requestId }) => requestId).join('\n'),
    lines: (paint) =>
      rows.length === 0
        ? ['no receipts yet: `atoma chat "What is a receipt?"` earns one']
        : tableLines(
            paint,
            ['stack', 'index', 'units', 'total', 'model', 'request'],
            rows.map((row) => [
              String(row.stack),
              String(row.index),
              grouped(row.units as bigint),
              grouped(row.cumulative as bigint),
              row.model,
              row.requestId,
            ]),
          ),
  };
};

/** `atoma receipts verify` */
export const verifyFile: Handler<typeof specs.receiptsVerifyFlags> = async (run, { file, node }) => {
  const verified = await verifyReceipts(parseReceipts(readText(run, file)), node === undefined ? undefined : [node]);
  const faults = verified.filter(({ fault }) => fault !== null).length;
  return {
    data: {
      receipts: verified.map((each) => ({
        stack_small_id: Number(each.stack),
        node_small_id: Number(each.node),
        index: Number(each.index),
        request_id: each.requestId,
        units: each.units,
        signer: each.signer,
        buyer: each.buyer,
        fault: each.fault,
      })),
      faults,
    },
    negative: faults > 0,
    short: String(faults),
    lines: (paint) => [
      ...tableLines(
        paint,
        ['stack', 'index', 'units', 'signed by', 'verdict'],
        verified.map((each) => [
          String(each.stack),
          String(each.index),
          grouped(each.units),
          `${each.signer.slice(0, 12)}…`,
          each.fault ?? 'valid',
        ]),
      ),
      `${counted(verified.length, 'receipt')}, ${counted(faults, 'fault')}`,
    ],
  };
};

/** The wallet's journal to look at. */
const ownJournal = async (run: Run): Promise<Journal> => {
  const journal = await readJournal(run);
  if (journal) return journal;
  throw cliError('NOT_FOUND', { what: 'journal', network: 'this wallet', hint: 'It has not asked anything yet.' });
};

const notSettled = (offline: boolean): string => (offline ? 'no settlement was seen yet' : 'not settled yet');

/** `atoma receipts audit` */
export const audit: Handler<typeof specs.receiptsAuditFlags> = async (run, { stack, offline }) => {
  const report = await (offline
    ? auditOffline(await ownJournal(run), stack)
    : (await openBuyer(run)).buyer.audit(stack));
  const matches = report.rootMatches === null ? 'cannot be told yet' : report.rootMatches ? 'yes' : 'no';
  return {
    data: {
      stack_small_id: Number(report.stack),
      node_small_id: Number(report.node),
      offline,
      bought: report.bought,
      receipts: report.receipts,
      units: report.units,
      gaps: report.gaps.length,
      contradiction: report.contradiction,
      fetched: report.fetched,
      fault: report.fault,
      exposure: report.exposure,
      claimed: report.claimed,
      root_matches: report.rootMatches,
      agrees: report.agrees,
    },
    short: String(report.agrees),
    lines: (paint) => [
      report.agrees
        ? `${paint.green('agrees:')} stack ${stack} at node ${report.node}`
        : `${paint.red('differs:')} stack ${stack} at node ${report.node}`,
      ...rowLines(paint, [
        ['receipts', `${report.receipts} prove ${grouped(report.units)} of ${grouped(report.bought)} units`],
        ['missing', `${report.gaps.length}, unresolved requests may add ${grouped(report.exposure)} units`],
        ['node', offline ? 'not asked' : (report.fault ?? `answered; ${counted(report.fetched, 'receipt')} new`)],
        ['claimed', report.claimed === null ? notSettled(offline) : `${grouped(report.claimed)} units`],
        ['commitment', `on chain as these receipts give it: ${matches}`],
        ...(report.contradiction === null ? [] : [['contradiction', report.contradiction] as const]),
      ]),
    ],
  };
};

/** `atoma receipts prove` */
export const prove: Handler<typeof specs.receiptsProveFlags> = async (run, { stack, index, requestId }) => {
  const which = {
    ...(index === undefined ? {} : { index }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  if (Object.keys(which).length !== 1)
    throw cliError('USAGE', { what: 'Name one request.', hint: 'Give --index or --request-id.' });
  const journal = await ownJournal(run);
  const { proof, json } = await proveReceipt({ journal }, stack, which);
  const { units: total } = chainOf(await journal.listReceipts(stack));
  const attesters = (await journal.findStack(stack))?.attesters ?? 1;
  const { merkleRoot } = proof;
  const { committedStackProof } = computeCommitment({ merkleRoot, stackSmallId: stack, units: total, attesters });
  const seen = await seenSettlement(journal, stack);
  const same = seen && equalBytes(seen.committedStackProof, committedStackProof);
  const settledRoot = seen === null ? 'unknown' : same ? 'matches' : 'differs';
  run.note(
    {
      matches: 'the proof leads to the root the node settled with',
      differs: 'the proof leads to another root than the node settled with: `atoma receipts audit` says why',
      unknown: 'no settlement was seen yet; once there is one, `atoma receipts audit` keeps it',
    }[settledRoot],
  );
  return {
    data: {
      stack_small_id: Number(stack),
      index: proof.index,
      units: proof.units,
      merkle_root: toHex0x(merkleRoot),
      total_units: total,
      attesters,
      committed_stack_proof: toHex0x(committedStackProof),
      settled_root: settledRoot,
      proof: json,
    },
    short: json,
    lines: () => [json],
  };
};

/** `atoma receipts export` */
export const exportFile: Handler<typeof specs.receiptsExportFlags> = async (run, { stack, file }) => {
  const journal = await readJournal(run);
  const text = journal ? await exportReceipts(journal, stack) : '';
  const rows = text.split('\n').filter((line) => line !== '');
  const path = file === undefined ? null : resolve(run.io.cwd, file);
  if (path !== null) writePrivateFile(path, text);
  return {
    data: {
      file: path,
      receipts: rows.length,
      rows: path === null ? rows.map((row) => JSON.parse(row)) : [],
    },
    short: path ?? text.trimEnd(),
    lines: () => (path === null ? rows : [`${counted(rows.length, 'receipt')} written to ${path}`]),
  };
};

/** `atoma receipts restore` */
export const restore: Handler<typeof specs.receiptsRestoreFlags> = async (run, { stack }) => {
  const { buyer } = await openBuyer(run);
  const report = await buyer.restore(stack);
  return {
    data: {
      stack_small_id: Number(report.stack),
      sent: report.sent,
      adopted: report.adopted,
      reopened: report.reopened,
    },
    short: String(report.adopted),
    lines: (paint) => [
      `${counted(report.sent, 'receipt')} sent, ${report.adopted} of them were lost`,
      report.reopened
        ? paint.green(`stack ${stack} takes work again`)
        : `stack ${stack} waits for the receipts that are missing`,
    ],
  };
};
