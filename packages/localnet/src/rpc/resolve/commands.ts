import type { bcs } from '@mysten/sui/bcs';
import { GrpcTypes } from '@mysten/sui/grpc';
import { parseAddress, prefixed } from '../convert/address.ts';
import { rpcError } from '../rpc-errors.ts';

type ArgumentInput = typeof bcs.Argument.$inferInput;
type CommandInput = typeof bcs.Command.$inferInput;

const kinds = GrpcTypes.Argument_ArgumentKind;

const argumentInput = (argument: GrpcTypes.Argument | undefined): ArgumentInput => {
  switch (argument?.kind) {
    case kinds.GAS:
      return { GasCoin: true };
    case kinds.INPUT:
      return { Input: argument.input ?? 0 };
    case kinds.RESULT:
      return argument.subresult === undefined
        ? { Result: argument.result ?? 0 }
        : { NestedResult: [argument.result ?? 0, argument.subresult] };
    default:
      throw rpcError('MISSING_FIELD', { field: 'argument.kind' });
  }
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const addresses = (ids: readonly string[]): string[] => ids.map((id) => prefixed(parseAddress(id, 'dependencies')));

/** A command as BCS takes it. Throws RPC_MISSING_FIELD on a command or argument without kind. */
export const commandInput = ({ command }: GrpcTypes.Command): CommandInput => {
  switch (command.oneofKind) {
    case 'moveCall': {
      const { package: id, module = '', function: name = '', typeArguments, arguments: args } = command.moveCall;
      return {
        MoveCall: {
          package: prefixed(parseAddress(id, 'package')),
          module,
          function: name,
          typeArguments,
          arguments: args.map(argumentInput),
        },
      };
    }
    case 'transferObjects': {
      const { objects, address } = command.transferObjects;
      return { TransferObjects: { objects: objects.map(argumentInput), address: argumentInput(address) } };
    }
    case 'splitCoins': {
      const { coin, amounts } = command.splitCoins;
      return { SplitCoins: { coin: argumentInput(coin), amounts: amounts.map(argumentInput) } };
    }
    case 'mergeCoins': {
      const { coin, coinsToMerge } = command.mergeCoins;
      return { MergeCoins: { destination: argumentInput(coin), sources: coinsToMerge.map(argumentInput) } };
    }
    case 'publish': {
      const { modules, dependencies } = command.publish;
      return { Publish: { modules: modules.map(base64), dependencies: addresses(dependencies) } };
    }
    case 'makeMoveVector': {
      const { elementType, elements } = command.makeMoveVector;
      return { MakeMoveVec: { type: elementType ?? null, elements: elements.map(argumentInput) } };
    }
    case 'upgrade': {
      const { modules, dependencies, package: id, ticket } = command.upgrade;
      return {
        Upgrade: {
          modules: modules.map(base64),
          dependencies: addresses(dependencies),
          package: prefixed(parseAddress(id, 'package')),
          ticket: argumentInput(ticket),
        },
      };
    }
    default:
      throw rpcError('MISSING_FIELD', { field: 'command' });
  }
};
