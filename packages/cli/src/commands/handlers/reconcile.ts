import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { journalFile } from '../../buyer/open.ts';
import { openSession, type Session } from '../../chain/session.ts';
import type { Handler, Report, Run } from '../../kernel/command.ts';
import { grouped, tableLines } from '../../kernel/lines.ts';
import { type Difference, type ThreeWay, threeWay } from '../../reconcile/check.ts';
import { reconcileError } from '../../reconcile/errors.ts';
import { readSides, type SideFiles } from '../../reconcile/sides.ts';
import { upNetwork } from '../../up/name.ts';
import { gatewayFiles } from '../../up/plan.ts';
import { nodeFiles } from '../node/files.ts';
import type { reconcileFlags } from '../specs/reconcile.ts';

type Values = Parameters<Handler<typeof reconcileFlags>>[1];

/** Where the sides lie unless said otherwise: in a kept `up`, or where gateway, buyer and node of this network keep theirs. */
const usualFiles = (run: Run, { chain, atoma }: Session): SideFiles => {
  const { settings } = run;
  const kept = join(settings.home.directory, 'up');
  if (chain.network.name === upNetwork) {
    const nodes = existsSync(kept) ? readdirSync(kept).filter((file) => /^node-\d+\.db$/.test(file)) : [];
    const { store, journal } = gatewayFiles(kept);
    return { journal, gateway: store, nodes: nodes.map((file) => join(kept, file)) };
  }
  const safe = chain.network.name.replace(/[^A-Za-z0-9_.-]/g, '_');
  const node = nodeFiles(settings).database(chain.network.name);
  const gateway = join(settings.home.directory, 'gateway', safe, 'gateway.sqlite');
  return {
    journal: journalFile(settings, chain.network, String(atoma.sender)),
    gateway: existsSync(gateway) ? gateway : null,
    nodes: existsSync(node) ? [node] : [],
  };
};

const filesOf = (run: Run, session: Session, flags: Values): SideFiles => {
  const usual = usualFiles(run, session);
  const at = (file: string): string => resolve(run.io.cwd, file);
  return {
    journal: flags.journal === undefined ? usual.journal : at(flags.journal),
    gateway: flags.noGateway ? null : flags.gateway === undefined ? usual.gateway : at(flags.gateway),
    nodes: flags.node === undefined ? usual.nodes : flags.node.map(at),
  };
};

const number = (units: bigint | null): string => (units === null ? '-' : grouped(units));

const differenceText = ({ stack, request, expected, found, what }: Difference): string =>
  `${stack === null ? '' : `stack ${stack}, `}${request === null ? '' : `request ${request}: `}${what} (${grouped(found)} instead of ${grouped(expected)})`;

const reportOf = ({ stacks, differences, agrees }: ThreeWay): Report => ({
  data: {
    agrees,
    stacks: stacks.map(({ stack, node, gateway, nodeLedger, claimed, fee, open, agrees: fits }) => ({
      stack_small_id: Number(stack),
      node_small_id: Number(node),
      gateway,
      node_ledger: nodeLedger,
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
    agrees ? paint.green('gateway books = node ledger = chain') : paint.red('the books differ'),
  ],
});

/** `atoma reconcile` */
export const reconcile: Handler<typeof reconcileFlags> = async (run, flags) => {
  const session = await openSession(run, 'wallet');
  const result = threeWay(await readSides(session.atoma, filesOf(run, session, flags)));
  const report = reportOf(result);
  if (result.agrees) return report;
  if (!run.common.json) run.io.out(`${report.lines(run.io.paint).join('\n')}\n`);
  throw reconcileError('DIFFERS', { which: result.differences.map(differenceText).join('; ') });
};
