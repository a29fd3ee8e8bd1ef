import { ask } from '../chain/confirm.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Run } from '../kernel/command.ts';

/** Asks before a command spends on mainnet. Throws `CLI_NOT_CONFIRMED`, `CLI_NEEDS_YES`. */
export const needsYes = async (run: Run, network: string): Promise<void> => {
  if (network === 'mainnet' && !(await ask(run, 'Buy on mainnet what this request needs?')))
    throw cliError('NOT_CONFIRMED');
};
