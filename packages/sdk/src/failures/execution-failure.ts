/** From the chain's execution errors to sentences: what went wrong, and what to do about it. */
import type { SuiClientTypes } from '@mysten/sui/client';
import type { Deployment } from '../deployment/record.ts';
import { moveErrorCodes, moveErrors } from '../generated/bindings/errors.ts';
import { abortCatalogue } from './catalogue.ts';

/** A Move abort. */
export interface AbortFailure {
  readonly kind: 'abort';
  /** Name of the Move error constant, or `Abort<code>` when the code carries none. */
  readonly name: string;
  /** What happened, for people. */
  readonly sentence: string;
  /** What to do next, for people. */
  readonly remedy: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly module: string | null;
  readonly function: string | null;
  /** The raw abort code, decimal. */
  readonly code: string;
  /** Whether the market's or TOMA's package aborted, not the framework or another package. */
  readonly ours: boolean;
}

/** The gas budget was used up. */
export interface GasFailure {
  readonly kind: 'gas';
  readonly sentence: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

/** Any other failure of execution. */
export interface OtherFailure {
  readonly kind: 'other';
  readonly name: string;
  readonly sentence: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

/** Why a transaction failed. */
export type ExecutionFailure = AbortFailure | GasFailure | OtherFailure;

/** What is known about a named error. */
export interface AbortExplanation {
  readonly sentence: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

const NO_REMEDY = 'The contract refused the call; the transaction and the protocol page tell more.';

/** Text of a named error in the shipped contract, of `module` if several have it; undefined for names it does not have. */
const contractText = (name: string, module: string | undefined): string | undefined => {
  const tables = Object.values(moveErrors).flatMap((modules) => Object.entries(modules));
  const own = tables.find(([each]) => each === module)?.[1][name];
  return own ?? tables.find(([, errors]) => errors[name] !== undefined)?.[1][name];
};

/** Sentence and remedy of a named error of the contract; a general remedy for unknown names. */
export const explainAbort = (name: string, module?: string, text?: string): AbortExplanation => {
  const entry = abortCatalogue[name];
  return {
    sentence: contractText(name, module) ?? text ?? `The contract aborted with ${name}`,
    remedy: entry?.remedy ?? NO_REMEDY,
    retryable: entry?.retryable ?? false,
  };
};

const normalId = (id: string | undefined): string =>
  id === undefined ? '' : `0x${id.replace(/^0x/, '').toLowerCase().padStart(64, '0')}`;

const ownPackages = (deployment: Deployment | undefined): readonly string[] =>
  deployment
    ? [
        deployment.packageId,
        deployment.originalPackageId,
        deployment.tomaPackageId ?? '',
        deployment.tomaOriginalPackageId ?? '',
      ]
    : [];

/** Top bit of abort codes that carry a name. */
const NAMED_ABORT = 1n << 63n;

/** The name an abort code carries by itself, for chains that do not spell it out: its low 32 bits point into the bytecode. */
const nameOfCode = (code: string, module: string | undefined): string => {
  const bits = BigInt(code || '0');
  if ((bits & NAMED_ABORT) === 0n) return `Abort${code}`;
  const tables = Object.values(moveErrorCodes).map((modules) => modules[module ?? '']);
  const low = String(bits & 0xffff_ffffn);
  return tables.find((table) => table?.[low] !== undefined)?.[low] ?? 'UnnamedAbort';
};

const toAbort = (abort: SuiClientTypes.MoveAbort, deployment: Deployment | undefined): AbortFailure => {
  const { location, cleverError, abortCode } = abort;
  const ours = deployment === undefined || ownPackages(deployment).includes(normalId(location?.package));
  const name = cleverError?.constantName ?? (ours ? nameOfCode(abortCode, location?.module) : `Abort${abortCode}`);
  const where = [location?.module, location?.functionName].filter((part) => part !== undefined).join('::');
  const foreign = `${where === '' ? 'Another package' : where} aborted with ${name}`;
  const explained = ours
    ? explainAbort(name, location?.module, cleverError?.value)
    : { sentence: cleverError?.value ?? foreign, remedy: NO_REMEDY, retryable: false };
  return {
    kind: 'abort',
    name,
    ...explained,
    module: location?.module ?? null,
    function: location?.functionName ?? null,
    code: abortCode,
    ours,
  };
};

const isGas = (message: string): boolean => /insufficient ?gas|out of gas/i.test(message);

/** What a chain says of a call that its contract does not have, or has with other arguments. */
const OTHER_CALL =
  /unable to find function|function not found|gives \d+ arguments|cannot be deserialized|arity|type mismatch/i;
const OTHER_CALL_KINDS: ReadonlySet<string> = new Set(['CommandArgumentError', 'TypeArgumentError']);

/** The failure of a call that the contract on chain does not take; undefined for other messages. */
export const contractDiffers = (message: string, kind = ''): OtherFailure | undefined =>
  OTHER_CALL_KINDS.has(kind) || OTHER_CALL.test(message)
    ? {
        kind: 'other',
        name: 'ContractDiffers',
        sentence: `The contract there does not take this call (${message})`,
        remedy:
          'It is of another generation than this program. What is open on it runs out; buy and serve on a market of the current one.',
        retryable: false,
      }
    : undefined;

/** The failure an execution error of the client stands for. `deployment` tells our packages from others. */
export const toExecutionFailure = (error: SuiClientTypes.ExecutionError, deployment?: Deployment): ExecutionFailure => {
  if (error.$kind === 'MoveAbort') return toAbort(error.MoveAbort, deployment);
  if (isGas(error.message))
    return {
      kind: 'gas',
      sentence: 'The gas budget was used up before the call ended',
      remedy: 'Raise the gas budget, or leave it out and let the chain estimate it.',
      retryable: true,
    };
  if (error.$kind === 'CongestedObjects')
    return {
      kind: 'other',
      name: error.$kind,
      sentence: 'The market is congested for the moment',
      remedy: 'Try again in a few seconds.',
      retryable: true,
    };
  const differs = contractDiffers(error.message, error.$kind);
  if (differs) return differs;
  const remedy = 'The transaction was rejected by the chain; verify that the deployment record fits the network.';
  return { kind: 'other', name: error.$kind, sentence: error.message, remedy, retryable: false };
};
