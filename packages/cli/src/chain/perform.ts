import type { Atoma, Cost, ExecutionFailure, WriteOptions, WriteOutcome } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import type { Json, Report, Run } from '../kernel/command.ts';
import { withCommands } from '../kernel/command-hints.ts';
import { toJsonFields } from '../kernel/json-value.ts';
import { type Row, rowLines } from '../kernel/lines.ts';
import { approve, costText, gasBudgetOf } from './confirm.ts';
import { given } from './given.ts';
import { rememberResult } from './seen-ids.ts';
import { openSession, type Session } from './session.ts';
import { type When, whenOn } from './when.ts';

/** A write of the SDK. */
export type Write<P, R> = (atoma: Atoma, parameters: P, options?: WriteOptions<R>) => Promise<WriteOutcome<R>>;

/** How a result reads. */
export interface View<R> {
  /** One sentence in the past tense without full stop: what happened. */
  readonly headline: (result: R, when: When) => string;
  /** Further facts. */
  readonly rows?: (result: R, when: When) => readonly Row[];
  /** What to know before this is sent, from its simulation; undefined for nothing. */
  readonly caution?: (result: R) => string | undefined;
  /** JSON fields; the result's own in snake case when left out. */
  readonly data?: (result: R) => Record<string, Json>;
}

/** A finished or simulated write. */
export type Done<R> = Extract<WriteOutcome<R>, { kind: 'executed' | 'simulated' }>;

const failed = (failure: ExecutionFailure, digest: string | null) => {
  const { sentence, remedy } = withCommands(failure);
  if (failure.kind !== 'abort')
    return cliError('EXECUTION_FAILED', {
      why: sentence,
      remedy: digest === null ? remedy : `${remedy} \`atoma tx show ${digest}\` tells more.`,
    });
  const page = failure.ours ? failure.name : '';
  return cliError('ABORTED', { name: failure.name, sentence, remedy, page, retryable: String(failure.retryable) });
};

/** Simulates, asks and sends a write; what the contract refuses is thrown as an error of the command line. */
export const send = async <P, R>(
  run: Run,
  session: Session,
  write: Write<P, R>,
  parameters: P,
  caution: View<R>['caution'] = () => undefined,
): Promise<Done<R>> => {
  const warn = (result: R): void => {
    const text = caution(result);
    if (text !== undefined) run.note(`${run.io.paintErr.yellow('warning')} ${text}`);
  };
  const outcome = await write(session.atoma, parameters, {
    ...given({ gasBudget: gasBudgetOf(run) }),
    dryRun: run.common.dryRun,
    confirm: (planned) => {
      warn(planned.result);
      return approve(run, session, planned.cost);
    },
  });
  if (outcome.kind === 'failed') throw failed(outcome.failure, outcome.digest);
  if (outcome.kind === 'declined') throw cliError('NOT_CONFIRMED');
  if (outcome.kind === 'simulated') warn(outcome.result);
  return outcome;
};

const costData = (cost: Cost): Record<string, Json> => ({
  toma: cost.toma,
  sui: cost.sui,
  bond: cost.bond,
  gas: toJsonFields(cost.gas),
});

/** The report of a write: what happened, further facts, cost and digest. */
export const writeReportOf = <R>(done: Done<R>, view: View<R>, when: When): Report => {
  const { result, cost } = done;
  const simulated = done.kind === 'simulated';
  return {
    data: {
      status: done.kind,
      digest: done.digest,
      epoch: Number(done.epoch),
      cost: costData(cost),
      ...(view.data?.(result) ?? toJsonFields(result as object)),
    },
    short: done.digest ?? '',
    lines: (paint) => [
      simulated
        ? `${paint.yellow('simulated, nothing was sent:')} ${view.headline(result, when)}`
        : `${paint.green('done:')} ${view.headline(result, when)}`,
      ...rowLines(paint, [
        ...(view.rows?.(result, when) ?? []),
        ['cost', costText(cost)],
        ...(done.digest === null ? [] : [['digest', done.digest] as const]),
      ]),
    ],
  };
};

/** Runs a command that is one write. */
export const perform = async <P, R>(
  run: Run,
  write: Write<P, R>,
  parameters: P | ((session: Session) => P | Promise<P>),
  view: View<R>,
): Promise<Report> => {
  const session = await openSession(run, 'wallet');
  const ready =
    typeof parameters === 'function' ? await (parameters as (session: Session) => P | Promise<P>)(session) : parameters;
  const done = await send(run, session, write, ready, view.caution);
  if (done.kind === 'executed') rememberResult(run.settings, session.chain.network.name, done.result as object);
  return writeReportOf(done, view, await whenOn(session.atoma, session.chain.network));
};

/** Which node acts: the flags, else the settings, else the SDK finds it. */
export const nodeSelector = (
  run: Run,
  flags: { readonly nodeBadge: string | undefined; readonly nodeSmallId: bigint | undefined },
) => {
  if (flags.nodeSmallId !== undefined) return given({ nodeBadgeId: flags.nodeBadge, nodeSmallId: flags.nodeSmallId });
  const id = run.settings.get('nodeId').value;
  const badge = run.settings.get('nodeBadge').value;
  return given({ nodeBadgeId: badge, nodeSmallId: id === undefined ? undefined : BigInt(id) });
};
