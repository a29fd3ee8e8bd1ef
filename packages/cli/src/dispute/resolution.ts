import { formatAmount } from '@atoma/sdk';
import type { Json } from '../kernel/command.ts';
import { snake, toJsonFields } from '../kernel/json-value.ts';

type Resolution = { readonly stackSmallId: bigint; readonly outcome: string };

/** Ids are whole numbers too, and no amounts. */
const amountsOf = (result: Resolution): readonly (readonly [string, bigint])[] =>
  Object.entries(result).flatMap(([name, value]) =>
    typeof value === 'bigint' && !name.endsWith('Id') ? [[name, value] as const] : [],
  );

/** How the end of a dispute reads. */
export const resolutionView = {
  headline: (result: Resolution) => `dispute of stack ${result.stackSmallId} resolved: ${result.outcome}`,
  rows: (result: Resolution) =>
    amountsOf(result).map(([name, value]) => [snake(name).replaceAll('_', ' '), formatAmount(value)] as const),
  data: (result: Resolution): Record<string, Json> => ({
    stack_small_id: Number(result.stackSmallId),
    outcome: result.outcome,
    amounts: toJsonFields(Object.fromEntries(amountsOf(result))),
  }),
};
