import type { FunctionInfo, SignatureType } from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import { parseAddress, prefixed } from '../convert/address.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';

/** How the commands use an input object. */
export interface InputUsage {
  /** Taken by `&mut` or by value somewhere. */
  readonly mutable: boolean;
  /** Passed where the function declares `Receiving<T>`. */
  readonly receiving: boolean;
}

type Note = (argument: GrpcTypes.Argument | undefined, usage: Partial<InputUsage>) => void;

const SUI_FRAMEWORK = '2'.padStart(64, '0');

const isFrameworkType = ({ body }: SignatureType, module: string, name: string): boolean =>
  body.kind === 'datatype' && body.address === SUI_FRAMEWORK && body.module === module && body.name === name;

const usageOf = (parameter: SignatureType): Partial<InputUsage> =>
  isFrameworkType(parameter, 'transfer', 'Receiving')
    ? { receiving: true }
    : { mutable: parameter.reference !== 'immutable' };

const callee = (context: RpcContext, call: GrpcTypes.MoveCall): FunctionInfo => {
  const id = parseAddress(call.package, 'package');
  if (!context.packageAt(id)) throw rpcError('PACKAGE_NOT_FOUND', { id: prefixed(id) });
  const info = context.vm.functionInfo(id, call.module ?? '', call.function ?? '');
  if (!info) throw rpcError('CALLEE_NOT_FOUND', { name: `${prefixed(id)}::${call.module}::${call.function}` });
  return info;
};

const noteCall = (context: RpcContext, call: GrpcTypes.MoveCall, note: Note): void => {
  const parameters = callee(context, call).parameters.filter(
    (parameter) => !isFrameworkType(parameter, 'tx_context', 'TxContext'),
  );
  call.arguments.forEach((argument, position) => {
    const parameter = parameters[position];
    if (parameter) note(argument, usageOf(parameter));
  });
};

const noteCommand = (context: RpcContext, { command }: GrpcTypes.Command, note: Note): void => {
  const taken = (argument: GrpcTypes.Argument | undefined) => note(argument, { mutable: true });
  switch (command.oneofKind) {
    case 'moveCall':
      noteCall(context, command.moveCall, note);
      return;
    case 'transferObjects':
      command.transferObjects.objects.forEach(taken);
      return;
    case 'splitCoins':
      taken(command.splitCoins.coin);
      return;
    case 'mergeCoins':
      taken(command.mergeCoins.coin);
      command.mergeCoins.coinsToMerge.forEach(taken);
      return;
    case 'makeMoveVector':
      command.makeMoveVector.elements.forEach(taken);
      return;
    case 'upgrade':
      taken(command.upgrade.ticket);
      return;
    default:
  }
};

/** Usage of every input by all commands. Every function called must exist, even if it takes no input. */
export const inputUsage = (
  context: RpcContext,
  { inputs, commands }: GrpcTypes.ProgrammableTransaction,
): readonly InputUsage[] => {
  const usages = inputs.map(() => ({ mutable: false, receiving: false }));
  const note: Note = (argument, usage) => {
    if (argument?.kind !== GrpcTypes.Argument_ArgumentKind.INPUT) return;
    const entry = usages[argument.input ?? 0];
    if (!entry) return;
    entry.mutable ||= usage.mutable ?? false;
    entry.receiving ||= usage.receiving ?? false;
  };
  for (const command of commands) noteCommand(context, command, note);
  return usages;
};
