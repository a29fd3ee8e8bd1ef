/** What the parts of a play share: who is there, what is true, and how they act. */
import type { History, StackProof } from '@atoma/sdk';
import { type Actor, type Binding, call, type Did } from './lab-chain.ts';
import { labError } from './lab-errors.ts';
import type { LabMarket, LabNode } from './lab-market.ts';
import type { Settlement } from './lab-work.ts';

/** One stack on its way. */
export interface Stage {
  readonly market: LabMarket;
  readonly stack: bigint;
  readonly server: LabNode;
  readonly truth: History;
  /** What an honest party computes. */
  readonly own: StackProof;
  readonly settlement: Settlement;
  readonly colluders: ReadonlySet<bigint>;
  readonly lazy: ReadonlySet<bigint>;
  readonly steps: string[];
  readonly slashed: bigint[];
}

/** Calls as someone and takes note of slashes. */
export const act = async <Values extends readonly unknown[]>(
  stage: Stage,
  actor: Actor,
  binding: Binding<Values>,
  ...values: Values
): Promise<Did> => {
  const did = await call(stage.market.chain, actor, binding, ...values);
  for (const event of did.events) if (event.kind === 'NodeSlashedEvent') stage.slashed.push(event.data.nodeSmallId);
  return did;
};

/** The node of a small id. */
export const nodeOf = ({ nodes }: LabMarket, id: bigint): LabNode => {
  const found = nodes.find((node) => node.id === id);
  if (!found) throw labError('REFUSED', { call: `finding node ${id}`, why: 'it is none of the lab’s' });
  return found;
};
