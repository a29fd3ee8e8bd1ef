/** Asks a running gateway through its administrator's surface. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as s from '../kernel/schema.ts';
import { fits } from '../kernel/schema-faults.ts';

/** What a running gateway says of itself; units, and amounts in base units of TOMA. */
export interface Said {
  readonly wallet: string;
  readonly running: number;
  readonly spent_day: string;
  readonly spent_total: string;
  readonly stacks: readonly {
    readonly stack: string;
    readonly node: string;
    readonly model: string;
    readonly level: number;
    readonly price: string;
    readonly units: string;
    readonly free: string;
    readonly stage: string;
    readonly blocked: string | null;
  }[];
}

const saidSchema = s.record({
  wallet: s.text('Address that pays.'),
  running: s.integer('Requests that have not ended.'),
  spent_day: s.amount('Paid for stacks in 24 hours.'),
  spent_total: s.amount('Paid for stacks so far.'),
  stacks: s.list(
    s.record({
      stack: s.amount('Stack.'),
      node: s.amount('Node.'),
      model: s.text('Model.'),
      level: s.integer('0 to 2.'),
      price: s.amount('Base units of TOMA for one unit.'),
      units: s.amount('Compute units.'),
      free: s.amount('Compute units neither used nor promised.'),
      stage: s.text('Stage.'),
      blocked: s.orNull(s.text('Why it is not used.')),
    }),
    'Stacks of the wallet.',
  ),
});

/** Asks a gateway; undefined when none answers. */
export const askGateway = async (directory: string, url: string): Promise<Said | undefined> => {
  try {
    const token = readFileSync(join(directory, 'admin.token'), 'utf8').trim();
    const response = await fetch(`${url}/v1/status`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5_000),
    });
    const said: unknown = await response.json();
    return fits<Said>(saidSchema, said) ? said : undefined;
  } catch {
    return undefined; // no token yet, nobody listens, or it is not a gateway of this version
  }
};
