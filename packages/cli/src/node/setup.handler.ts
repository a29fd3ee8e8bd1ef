/** `atoma node setup`: what has to be done until a node can run, each step shown before it is done. */
import * as sdk from '@atoma/sdk';
import { ask } from '../chain/confirm.ts';
import { openSession, type Session } from '../chain/session.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { allChecks } from './all-checks.ts';
import { checkLine } from './doctor-check.ts';
import type { setupFlags } from './flags.ts';
import { findModels } from './servers.ts';
import { configStep, type Sale, type SetupValues, type Step, salesOf } from './setup-config.ts';
import { type Found, findNode, marketSteps } from './setup-market.ts';

const planOf = async (run: Run, session: Session, flags: SetupValues) => {
  const tasks = (await sdk.listTasks(session.atoma)).filter(({ deprecatedEpoch }) => deprecatedEpoch === null);
  const own = [flags.port ?? 8080, flags.operatorPort ?? 8081];
  const engine = flags.engine === undefined ? undefined : { url: flags.engine, keyEnv: flags.engineKeyEnv };
  const listed = flags.rehearsal && flags.model === undefined ? [] : await findModels(engine, own);
  for (const { id, url } of listed) run.note(`found ${id} at ${url}`);
  const sales: readonly Sale[] = salesOf(listed, tasks, flags);
  const { step, config } = configStep(run, sales, flags, session.chain.network.kind !== 'public');
  const found: Found = { sales, tasks, config, flags, node: await findNode(session, config) };
  return { config, steps: [...step, ...(await marketSteps(run, session, found))] };
};

const shownOf = (steps: readonly Step[]) => steps.map(({ name, what }) => ({ name, what }));

/** `atoma node setup` */
export const setup: Handler<typeof setupFlags> = async (run, flags) => {
  const session = await openSession(run, 'wallet');
  const { config, steps } = await planOf(run, session, flags);
  for (const [i, { what }] of steps.entries()) run.note(`${i + 1}. ${what}`);
  if (run.common.dryRun)
    return {
      data: { steps: shownOf(steps), done: false, results: [], checks: [] },
      lines: () => ['planned, nothing was done'],
    };
  if (steps.length > 0 && !(await ask(run, `Do ${steps.length === 1 ? 'this step' : `these ${steps.length} steps`}?`)))
    throw cliError('NOT_CONFIRMED');
  const results: string[] = [];
  for (const { act } of steps) {
    const said = await act();
    run.note(`done: ${said}`);
    results.push(said);
  }
  const checks = await allChecks(run, config, async () => session);
  return {
    data: { steps: shownOf(steps), done: true, results, checks: checks.map((each) => ({ ...each })) },
    negative: checks.some(({ ok }) => !ok),
    lines: () => [
      ...(steps.length === 0 ? ['everything is set up already'] : []),
      ...checks.map(checkLine),
      'next: `atoma node run`',
    ],
  };
};
