import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createAtoma, readKeyFile } from '@atoma/sdk';
import { journalFile, ownGatewayDirectory, walletJournal } from '../buyer/market-files.ts';
import { openSession, type Session } from '../chain/session.ts';
import { walletFile } from '../chain/wallet-files.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import { grouped, tableLines } from '../kernel/lines.ts';
import { nodeFiles } from '../node/node-files.ts';
import type { UpFacts } from '../up/facts.ts';
import { upNetwork } from '../up/name.ts';
import { gatewayFiles } from '../up/plan.ts';
import { adminTokenFile, runningUp } from '../up/running-market.ts';
import { type Difference, type ThreeWay, threeWay } from './check.ts';
import type { reconcileFlags } from './flags.ts';
import { reconcileError } from './reconcile-errors.ts';
import { type BookFiles, gatewayWallet, readSides, type SidePlaces } from './sides.ts';

type Values = Parameters<Handler<typeof reconcileFlags>>[1];

/** Where gateway, buyer and node of this network keep theirs. */
const usualFiles = async (
  run: Run,
  { chain, atoma }: Session,
): Promise<BookFiles & { readonly nodes: readonly string[] }> => {
  const { settings } = run;
  const node = nodeFiles(settings).database(chain.network.name, atoma.deployment);
  const journal = walletJournal(run, chain.network, atoma.deployment, String(atoma.sender));
  const gateway = join(ownGatewayDirectory(settings, chain.network, atoma.deployment), 'gateway.sqlite');
  return {
    journal,
    gateway: existsSync(gateway) && (await gatewayWallet(gateway)) === atoma.sender ? gateway : null,
    nodes: existsSync(node) ? [node] : [],
  };
};

/** The market that is up, when its own gateway's wallet acts. */
const ownUp = ({ settings }: Run, { chain, atoma }: Session): UpFacts | undefined => {
  const up = chain.network.name === upNetwork ? runningUp(settings) : undefined;
  return up?.buyer === atoma.sender ? up : undefined;
};

/** In a market that is up its gateway is meant, unless the wallet has bought something itself. */
const sessionOf = async (run: Run): Promise<Session> => {
  const session = await openSession(run, 'wallet');
  const { chain, atoma } = session;
  const { settings } = run;
  const up = chain.network.name === upNetwork ? runningUp(settings) : undefined;
  const file = walletFile(settings.home.wallets, 'up-buyer');
  if (!up || up.buyer === atoma.sender || !existsSync(file)) return session;
  if (existsSync(journalFile(settings, atoma.deployment, String(atoma.sender)))) return session;
  return {
    ...session,
    atoma: createAtoma({ client: chain.client, deployment: atoma.deployment, signer: await readKeyFile(file) }),
  };
};

const placesOf = async (run: Run, session: Session, flags: Values): Promise<SidePlaces> => {
  const { settings } = run;
  const at = (file: string): string => resolve(run.io.cwd, file);
  const up = ownUp(run, session);
  const named = flags.journal !== undefined || flags.gateway !== undefined || flags.noGateway;
  const token = adminTokenFile(settings);
  const usual = await usualFiles(run, session);
  const kept = up?.directory ? gatewayFiles(up.directory) : undefined;
  const files = {
    journal: flags.journal === undefined ? usual.journal : at(flags.journal),
    gateway: flags.noGateway ? null : flags.gateway === undefined ? (kept?.store ?? usual.gateway) : at(flags.gateway),
  };
  return {
    books: up && !named && existsSync(token) ? { url: up.admin_url, token: readFileSync(token, 'utf8').trim() } : files,
    ledgers: flags.node === undefined ? (up ? [] : usual.nodes) : flags.node.map(at),
    allowPrivateNodes: session.chain.network.kind !== 'public',
  };
};

const number = (units: bigint | null): string => (units === null ? '-' : grouped(units));

const differenceText = ({ stack, request, expected, found, what }: Difference): string =>
  `${stack === null ? '' : `stack ${stack}, `}${request === null ? '' : `request ${request}: `}${what} (${grouped(found)} instead of ${grouped(expected)})`;

/** What agrees, in words: a ledger that could not be read agrees with nothing. */
const verdict = ({ stacks, agrees, complete }: ThreeWay): string => {
  if (!agrees) return 'the books differ';
  if (complete) return 'gateway books = node ledger = chain';
  const unread = stacks.filter(({ nodeSilent }) => nodeSilent !== null);
  return `gateway books = chain; the node’s ledger was not read for ${unread.map(({ stack, nodeSilent }) => `stack ${stack} (${nodeSilent})`).join(', ')}`;
};

const reportOf = (result: ThreeWay): Report => {
  const { stacks, differences, agrees, complete } = result;
  return {
    data: {
      agrees,
      complete,
      stacks: stacks.map(({ stack, node, gateway, nodeLedger, nodeSilent, claimed, fee, open, agrees: fits }) => ({
        stack_small_id: Number(stack),
        node_small_id: Number(node),
        gateway,
        node_ledger: nodeLedger,
        node_silent: nodeSilent,
        claimed,
        fee,
        open,
        agrees: fits,
      })),
      differences: differences.map(({ stack, ...rest }) => ({
        ...rest,
        stack_small_id: stack === null ? null : Number(stack),
      })),
    },
    short: agrees ? 'agrees' : 'differs',
    lines: (paint) => [
      ...(stacks.length === 0
        ? ['nothing was bought yet']
        : tableLines(
            paint,
            ['stack', 'node', 'gateway', 'node ledger', 'claimed', 'fee', ''],
            stacks.map((one) => [
              String(one.stack),
              String(one.node),
              number(one.gateway),
              number(one.nodeLedger),
              number(one.claimed),
              number(one.fee),
              one.agrees ? 'agrees' : 'DIFFERS',
            ]),
          )),
      ...differences.map((difference) => paint.red(differenceText(difference))),
      (agrees ? (complete ? paint.green : paint.yellow) : paint.red)(verdict(result)),
    ],
  };
};

/** Requests under way move while the sides are read one after the other: what differs then does not differ long. */
const [READS, PAUSE_MS] = [4, 250];

/** `atoma reconcile` */
export const reconcile: Handler<typeof reconcileFlags> = async (run, flags) => {
  const session = await sessionOf(run);
  const places = await placesOf(run, session, flags);
  let result = threeWay(await readSides(session.atoma, places));
  for (let read = 1; !result.agrees && read < READS; read++) {
    await new Promise((next) => setTimeout(next, PAUSE_MS));
    result = threeWay(await readSides(session.atoma, places));
  }
  const report = reportOf(result);
  if (result.agrees) return report;
  if (!run.common.json) run.io.out(`${report.lines(run.io.paint).join('\n')}\n`);
  throw reconcileError('DIFFERS', { which: result.differences.map(differenceText).join('; ') });
};
