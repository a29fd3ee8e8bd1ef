/** Remedies that are commands: the SDK and the error catalogues, which do not know who started the gateway, say them in words. */
import type { AtomaError } from '@atoma/base';

/** How whoever started the gateway types commands about it. */
export interface Commands {
  /** Name of the program, such as `atoma`. */
  readonly program: string;
  /** Network whose books a command of the program reads; absent: none reads this gateway's. */
  readonly network?: string;
}

type Hint = (details: AtomaError['details'], commands: Commands) => string | undefined;

const onKeys =
  (what: string, args: (details: AtomaError['details']) => string, end = '.'): Hint =>
  (details, { program, network }) =>
    network && `${what}: \`${program} gateway keys ${args(details)} --network ${network}\`${end}`;

const hints: Readonly<Record<string, Hint>> = {
  BUYER_NO_TASK: (_, { program }) =>
    `See what a model costs: \`${program} quote --model NAME\`; GET /v1/models lists all.`,
  BUYER_NO_NODE: (_, { program }) =>
    `Look at \`${program} quote\`; raise the price, take any seller with --node-policy any, or wait.`,
  BUYER_CAP: ({ cap }, { program, network }) =>
    network &&
    `Raise the gateway's cap: \`${program} gateway run --cap-${cap} AMOUNT\`; ask for less, or wait until the period is over. Nothing was signed, and stacks that are here are still used.`,
  GATEWAY_STACK: onKeys(
    'Raise its quota',
    ({ id, flags }) => `update ${id} ${flags}`,
    '. Nothing was bought, and stacks that are here are still used.',
  ),
  GATEWAY_KEY_UNKNOWN: onKeys('List the keys', () => 'list'),
  GATEWAY_KEY_REVOKED: onKeys('Make a new one', () => 'create --tenant NAME'),
};

/** What can be done about an error, with a command where one of the program does it. */
export const hintOf = (error: AtomaError, commands: Commands | undefined): string =>
  (commands && hints[error.code]?.(error.details, commands)) ?? error.hint;
