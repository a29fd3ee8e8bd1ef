/** The chain of a command that stays: a daemon, a gateway. */
import { isAtomaError, type StaticSite } from '@atoma/base';
import { writePrivateFile } from '../config/home.ts';
import { activeNetwork, type Network } from '../config/networks.ts';
import { dropNote } from '../config/note.ts';
import { serverFile } from '../config/served.ts';
import type { Run } from '../kernel/command.ts';
import { answeringServer, type Chain, openChain } from './chain.ts';
import { lockDirectory } from './lock.ts';

/** The port `atoma chain start` serves at too, so that addresses others have noted stay right. */
const USUAL_PORT = 9000;

/** Serves at the usual port, or at any free one where that is taken. */
const serve = async (ledger: NonNullable<Chain['ledger']>, pages: StaticSite | undefined) => {
  const options = pages ? { pages } : {};
  const { serveLedger } = await import('@atoma/localnet');
  try {
    return await serveLedger(ledger, { port: USUAL_PORT, ...options });
  } catch (error) {
    if (!isAtomaError(error, 'SERVER_PORT_IN_USE')) throw error;
    return serveLedger(ledger, { port: 0, ...options });
  }
};

/** Opens the ledger in this process and lets other commands reach it here for as long as this one runs. */
const openAndServe = async (run: Run, network: Network, pages: StaticSite | undefined): Promise<Chain> => {
  const { openEmbedded } = await import('./embedded.ts');
  const { closeLedger } = await import('./ledger-functions.ts');
  const { embedded: directory, wallets } = run.settings.home;
  const { ledger, client, deployment } = await openEmbedded({ directory, wallets, note: run.note });
  run.onEnd(() => closeLedger(ledger));
  const server = await serve(ledger, pages);
  run.onEnd(() => server.close());
  const file = serverFile(run.settings);
  writePrivateFile(file, `${JSON.stringify({ pid: process.pid, url: server.url })}\n`);
  run.onEnd(() => dropNote(file));
  return { network, client, ledger, deployment, url: server.url };
};

/**
 * Opens the chain of this run for a long time. The embedded ledger runs inside this process, unless another one serves it already;
 * its lock is held only while opening, so that commands beside this one work as they do with `atoma chain start`. `pages` is what a
 * browser gets at its address then.
 */
export const openChainToStay = async (run: Run, pages?: StaticSite): Promise<Chain> => {
  const network = await activeNetwork(run.settings);
  if (network.kind !== 'embedded' || (await answeringServer(run.settings))) return openChain(run);
  const { embedded: directory } = run.settings.home;
  const release = await lockDirectory({ directory, command: run.command, note: run.note });
  try {
    // Another process may have begun to serve while this one waited.
    return (await answeringServer(run.settings)) ? await openChain(run) : await openAndServe(run, network, pages);
  } finally {
    release();
  }
};
