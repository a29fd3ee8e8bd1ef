/** The commands of a transaction as data for people: what each does, with which values, and which result goes where. */
import type { SuiClientTypes } from '@mysten/sui/client';
import { number, record, text, texts } from '../json.ts';
import type { PageProps } from '../pages/props.ts';
import { type Body, bytesOf, decodePure, typeText } from './move-values.ts';

/** One value a command takes. */
export type Taken =
  | { readonly kind: 'value'; readonly type: string; readonly text: string }
  | { readonly kind: 'object'; readonly type: string; readonly id: string }
  | { readonly kind: 'result'; readonly of: number }
  | { readonly kind: 'gas' };

/** One command. */
export interface Step {
  readonly title: string;
  /** Package of a call; null for other commands. */
  readonly package: string | null;
  readonly typeArguments: readonly string[];
  readonly takes: readonly Taken[];
}

type Transaction = SuiClientTypes.TransactionData;
type Json = Readonly<Record<string, unknown>>;

const objectIdOf = (input: Json): string => {
  const kinds = record(input.Object);
  const object = kinds.ImmOrOwnedObject ?? kinds.SharedObject ?? kinds.Receiving ?? input.UnresolvedObject;
  return text(record(object).objectId);
};

const takenOf = (inputs: readonly unknown[], value: unknown, body: Body | undefined): Taken => {
  const argument = record(value);
  if (argument.GasCoin !== undefined) return { kind: 'gas' };
  if (argument.Result !== undefined) return { kind: 'result', of: number(argument.Result) };
  if (Array.isArray(argument.NestedResult)) return { kind: 'result', of: number(argument.NestedResult[0]) };
  const input = record(inputs[number(argument.Input)]);
  const type = body ? typeText(body) : '';
  const id = objectIdOf(input);
  if (id !== '') return { kind: 'object', type, id };
  if (input.Pure === undefined) return { kind: 'value', type, text: JSON.stringify(input) };
  return { kind: 'value', type, text: decodePure(bytesOf(text(record(input.Pure).bytes)), body) };
};

const signatures = new Map<string, Promise<readonly Body[]>>();

const parametersOf = ({ atoma }: Pick<PageProps, 'atoma'>, path: readonly [string, string, string]) => {
  const key = path.join('::');
  const [packageId, moduleName, name] = path;
  const known =
    signatures.get(key) ??
    atoma.client.core
      .getMoveFunction({ packageId, moduleName, name })
      .then(({ function: found }) => found.parameters.map(({ body }) => body))
      .catch(() => []);
  signatures.set(key, known);
  return known;
};

const U64: Body = { $kind: 'u64' };
const ADDRESS: Body = { $kind: 'address' };

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const stepOf = async (from: Pick<PageProps, 'atoma'>, inputs: readonly unknown[], command: Json): Promise<Step> => {
  const all = (values: unknown, body?: Body): readonly Taken[] =>
    list(values).map((value) => takenOf(inputs, value, body));
  const step = (title: string, takes: readonly Taken[]): Step => ({ title, package: null, typeArguments: [], takes });
  const kind = text(command.$kind) || (Object.keys(command)[0] ?? '');
  const of = record(command[kind]);
  switch (kind) {
    case 'MoveCall': {
      const [id, module, name] = [text(of.package), text(of.module), text(of.function)];
      const bodies = await parametersOf(from, [id, module, name]);
      const takes = list(of.arguments).map((value, i) => takenOf(inputs, value, bodies[i]));
      return { title: `${module}::${name}`, package: id, typeArguments: texts(of.typeArguments), takes };
    }
    case 'TransferObjects':
      return step('transfer objects', [...all(of.objects), ...all([of.address], ADDRESS)]);
    case 'SplitCoins':
      return step('split coins', [...all([of.coin]), ...all(of.amounts, U64)]);
    case 'MergeCoins':
      return step('merge coins', [...all([of.destination]), ...all(of.sources)]);
    case 'MakeMoveVec':
      return step('make a vector', all(of.elements));
    case 'Publish':
      return step(`publish ${list(of.modules).length} modules`, []);
    case 'Upgrade':
      return step(`upgrade ${text(of.package)}`, all([of.ticket]));
    default:
      return step(kind, []);
  }
};

/** Reads the commands; types of arguments come from the called functions. */
export const readSteps = async (
  from: Pick<PageProps, 'atoma'>,
  { commands, inputs }: Pick<Transaction, 'commands' | 'inputs'>,
): Promise<readonly Step[]> => Promise.all(commands.map((command) => stepOf(from, inputs, record(command))));
