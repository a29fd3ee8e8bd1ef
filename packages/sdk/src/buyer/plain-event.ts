import type { BuyerEvent } from './types.ts';

/** Members of an event as JSON can hold them: amounts and ids are decimal text. */
export const plainEvent = (event: BuyerEvent): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? String(value) : Array.isArray(value) ? value.map(String) : value,
    ]),
  );
