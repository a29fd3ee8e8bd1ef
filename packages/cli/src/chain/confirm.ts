import { type Cost, formatAmount, parseAmount } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import type { Run } from '../kernel/command.ts';
import type { Session } from './session.ts';

const mainnetChainId = '4btiuiMPvEENsttpZC7CZ53DruC3MAgfznDbASZ7DR6S';

/** A change of a wallet as people say it: `100 TOMA paid`, `2 TOMA received`. */
const moved = (change: bigint): string | undefined => {
  if (change === 0n) return undefined;
  return change < 0n ? `${formatAmount(-change)} paid` : `${formatAmount(change)} received`;
};

const gasText = (net: bigint): string =>
  net < 0n ? `gas ${formatAmount(-net, 'SUI')} given back` : `gas ${formatAmount(net, 'SUI')}`;

/** One line about money: TOMA moved, bond locked, gas. */
export const costText = (cost: Cost): string =>
  [moved(cost.toma), cost.bond === null ? undefined : `${formatAmount(cost.bond)} locked`, gasText(cost.gas.net)]
    .filter((part) => part !== undefined)
    .join(', ');

/** The cap on what one call may take from the wallet, from the flag or the setting. */
const maxCostOf = (run: Run): bigint | undefined => {
  const set = run.settings.get('maxCost').value;
  return run.common.maxCost ?? (set === undefined ? undefined : parseAmount(set));
};

/** Gas budget in MIST from the flag or the setting; undefined lets the chain estimate. */
export const gasBudgetOf = (run: Run): bigint | undefined => {
  const set = run.settings.get('gasBudget').value;
  return run.common.gasBudget ?? (set === undefined ? undefined : parseAmount(set, 'SUI'));
};

const isMainnet = ({ chain, atoma }: Session): boolean =>
  chain.network.name === 'mainnet' || atoma.deployment.chainId === mainnetChainId;

/** Asks on the terminal; false for anything but yes. */
export const ask = async (run: Run, question: string): Promise<boolean> => {
  if (run.common.yes) return true;
  if (!run.io.canAsk) throw cliError('NEEDS_YES', { what: question.replace(/\?$/, '') });
  const { confirm } = await import('@clack/prompts');
  return (await confirm({ message: question, initialValue: false, output: process.stderr })) === true;
};

/** Looks at a simulated call before it is sent: shows the cost on a terminal, holds the cap, asks on mainnet. */
export const approve = async (run: Run, session: Session, cost: Cost): Promise<boolean> => {
  if (run.io.errIsTerminal && !run.common.json) run.note(run.io.paintErr.dim(`cost: ${costText(cost)}`));
  const limit = maxCostOf(run);
  if (limit !== undefined && -cost.toma > limit)
    throw cliError('OVER_MAX_COST', { cost: formatAmount(-cost.toma), limit: formatAmount(limit) });
  return isMainnet(session) ? ask(run, `Send this on mainnet (${costText(cost)})?`) : true;
};
