import { answeringServer } from '../chain/chain.ts';
import { announcedRunning, type Running } from '../chain/running.ts';
import type { Settings } from '../config/settings.ts';
import { answeringUp } from '../up/running-market.ts';

/** Everything of this home that runs now. */
export const runningPrograms = async (settings: Settings): Promise<readonly Running[]> => {
  const [market, server] = await Promise.all([answeringUp(settings), answeringServer(settings)]);
  return [
    ...(market ? [{ what: 'market (up)', pid: market.pid, address: market.base_url }] : []),
    ...(server ? [{ what: 'ledger', pid: server.pid, address: server.url }] : []),
    ...announcedRunning(settings),
  ];
};
