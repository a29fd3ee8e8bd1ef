import { resolve } from 'node:path';
import { chainState, closeLedger, type Ledger, serveLedger, startAutoAdvance } from '@atoma/localnet';
import { untilStopped } from '../buyer/stop.ts';
import { writePrivateFile } from '../config/home.ts';
import { dropNote } from '../config/note.ts';
import { runningServer, serverFile } from '../config/served.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { openPages, siteFacts } from '../pages.ts';
import { hasEmbedded, openEmbedded } from './embedded.ts';
import type { startFlags } from './flags.ts';
import { given } from './given.ts';
import { lockDirectory } from './lock.ts';
import { requireOurs } from './ours.ts';

const refuseSecond = (run: Run): void => {
  const server = runningServer(run.settings);
  if (server) throw cliError('LEDGER_SERVED', { pid: server.pid, url: server.url });
};

/** Flags that count only when the ledger is made are refused on one that exists. */
const refuseLate = (directory: string, given: Readonly<Record<string, unknown>>): void => {
  if (!hasEmbedded(directory)) return;
  for (const [flag, value] of Object.entries(given)) if (value !== undefined) throw cliError('LEDGER_EXISTS', { flag });
};

/** Ends epochs by themselves when their length was asked for. */
const endEpochs = (run: Run, ledger: Ledger, epochMs: number | undefined): void => {
  if (epochMs === undefined) return;
  if (chainState(ledger).epochDurationMs !== epochMs) throw cliError('LEDGER_EXISTS', { flag: '--epoch-ms' });
  const onError = (thrown: unknown) => run.note(`the epoch could not be ended: ${String(thrown)}`);
  run.onEnd(startAutoAdvance(ledger, { everyMs: Math.min(1_000, epochMs), onError }));
};

/** `atoma chain start`: serves until interrupted. The lock is held only while opening; SQLite orders the writers. */
export const start: Handler<typeof startFlags> = async (
  run,
  { port = 9000, faucetPort = 9123, host = '127.0.0.1', framework, seed, epochMs },
) => {
  await requireOurs(run);
  refuseSecond(run);
  const { embedded: directory, wallets } = run.settings.home;
  refuseLate(directory, { '--framework': framework, '--seed': seed });
  const release = await lockDirectory({ directory, command: run.command, note: run.note });
  run.onEnd(release);
  refuseSecond(run); // another process may have begun to serve while this one waited
  const making = {
    seed,
    framework: framework === undefined ? undefined : resolve(run.io.cwd, framework),
    epochDurationMs: epochMs,
  };
  const { ledger, deployment } = await openEmbedded({ directory, wallets, note: run.note, making });
  run.onEnd(() => closeLedger(ledger));
  const pages = openPages();
  const server = await serveLedger(ledger, { host, port, faucetPort, ...given({ pages: pages?.at('market') }) });
  run.onEnd(() => server.close());
  pages?.tell(siteFacts({ network: 'embedded', deployment, ledger: server.url, ours: true }));
  writePrivateFile(serverFile(run.settings), `${JSON.stringify({ pid: process.pid, url: server.url })}\n`);
  run.onEnd(() => dropNote(serverFile(run.settings)));
  release();
  endEpochs(run, ledger, epochMs);
  const facts = {
    url: server.url,
    faucet: server.faucetUrl ?? null,
    package_id: deployment.packageId,
    db_id: deployment.dbId,
  };
  const stopped = untilStopped(); // before anybody can read the line and stop us
  run.report({
    data: facts,
    short: facts.url,
    lines: () => [
      `serving the embedded ledger at ${facts.url} (SUI faucet ${facts.faucet})`,
      `package ${facts.package_id}`,
      'Ctrl-C stops it; nothing is lost',
    ],
  });
  await stopped;
  return undefined;
};
