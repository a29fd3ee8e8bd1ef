import { join } from 'node:path';
import { tokenOf } from '@atoma/base';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { noteEvents } from '../buyer/events.ts';
import { needsYes } from '../buyer/needs-yes.ts';
import { openBuyer } from '../buyer/open-buyer.ts';
import { untilStopped } from '../buyer/stop.ts';
import { fillOnUp } from '../buyer/up-money.ts';
import { announceRunning } from '../chain/running.ts';
import { openChainToStay } from '../chain/stay.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { type AgentCaps, createBudgets } from './caps.ts';
import type { mcpFlags } from './flags.ts';
import { serveMcpHttp } from './http.ts';
import { createMcpServer } from './server.ts';

type Server = ReturnType<typeof createMcpServer>;

/** One session over standard input and output, to their end. */
const serveStdio = async (server: Server): Promise<void> => {
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve);
    process.stdout.once('error', () => resolve()); // its reader is gone
  });
  await server.connect(new StdioServerTransport());
  await Promise.race([ended, untilStopped()]);
  await server.close();
};

/** Sessions over HTTP, until interrupted. */
const serveHttp = async (run: Run, port: number, makeServer: () => Server): Promise<void> => {
  const tokenFile = join(run.settings.home.directory, 'mcp.token');
  const http = await serveMcpHttp({ port, token: tokenOf(tokenFile), makeServer });
  run.onEnd(http.close);
  announceRunning(run, 'mcp', http.url);
  const stopped = untilStopped();
  run.report({
    data: { url: http.url, token_file: tokenFile },
    short: http.url,
    lines: () => [`tools for agents at ${http.url} (token in ${tokenFile})`, 'Ctrl-C ends it; nothing is lost'],
  });
  await stopped;
};

/** `atoma mcp` */
export const serveMcp: Handler<typeof mcpFlags> = async (run, flags) => {
  if (run.common.dryRun)
    throw cliError('USAGE', { what: 'Serving cannot be simulated.', hint: 'Lower the caps instead.' });
  const caps: AgentCaps = {
    call: flags.capCall ?? 100_000_000n,
    session: flags.capSession ?? 1_000_000_000n,
    day: flags.capDay ?? 5_000_000_000n,
  };
  const spending = { ...flags, capRequest: caps.call, capDay: caps.day };
  const session = await openBuyer(run, spending, noteEvents(run), openChainToStay);
  await needsYes(run, session.chain.network.name);
  await fillOnUp(run, session);
  const { journal } = await session.buyer.context();
  const newBudget = createBudgets(journal, caps);
  const makeServer = () => createMcpServer({ ...session, caps, budget: newBudget() }, run.settings.home.directory);
  await (flags.port === undefined ? serveStdio(makeServer()) : serveHttp(run, flags.port, makeServer));
  return undefined;
};
