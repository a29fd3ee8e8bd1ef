/** Which evidence of confidential environments this program's buyers accept. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fromHex } from '@atoma/base';
import type { ConfidentialPolicy } from '@atoma/sdk';
import type { Network } from '../config/networks.ts';
import type { Settings } from '../config/settings.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Run } from '../kernel/command.ts';
import { upNetwork } from '../up/name.ts';
import { runningUp } from '../up/running-market.ts';
import { keptEvaluations } from './evaluations.ts';

/** This machine's development root: what `node run` rehearses level 2 with. */
export const rehearsalKeyFile = (settings: Settings): string => join(settings.home.directory, 'rehearsal.key');

/** The development root whose rehearsals count on a network; undefined on every public one, and where nobody rehearses. */
export const rehearsalRootOn = async (settings: Settings, network: Network): Promise<Uint8Array | undefined> => {
  if (network.kind === 'public') return undefined;
  if (network.name === upNetwork) return fromHex(runningUp(settings)?.rehearsal_root ?? '');
  const file = rehearsalKeyFile(settings);
  if (!existsSync(file)) return undefined;
  const { rehearsalKey, rehearsalRoot } = await import('@atoma/node');
  return rehearsalRoot(rehearsalKey(file));
};

const readPolicyText = (run: Run, file: string): string => {
  try {
    return readFileSync(resolve(run.io.cwd, file), 'utf8');
  } catch (error) {
    throw cliError('FILE_UNREADABLE', { file, why: (error as Error).message }, error);
  }
};

/** What a buyer on this network accepts: hardware by the policy file, and rehearsals where they are this machine's own. */
export const confidentialPolicy = async (
  run: Run,
  network: Network,
  file: string | undefined,
  /** Keep what opens answers in memory only. */
  forget = false,
): Promise<ConfidentialPolicy> => {
  const rehearsalRoot = await rehearsalRootOn(run.settings, network);
  const text = file === undefined ? undefined : readPolicyText(run, file);
  const { createConfidentialJudge, readPolicy, Refusal } = await import('@atoma/attest');
  try {
    return {
      forget,
      judge: createConfidentialJudge({
        evaluations: keptEvaluations(run.settings),
        ...(text === undefined ? {} : { policy: readPolicy(text) }),
        ...(rehearsalRoot === undefined ? {} : { rehearsalRoot }),
      }),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw cliError('FILE_UNREADABLE', { file: String(file), why: error.message }, error);
  }
};

/** Accepts no evidence, so that nothing confidential is bought, whatever levels the keys of a gateway ask for. */
export const trustNobody = (why: string): ConfidentialPolicy => ({
  judge: () => ({ kind: 'refused', reasons: [`This gateway may read nothing confidential. ${why}`] }),
});
