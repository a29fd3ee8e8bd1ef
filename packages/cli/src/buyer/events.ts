import { type BuyerEvent, formatAmount, plainEvent } from '@atoma/sdk';
import type { Run } from '../kernel/command.ts';
import { counted, grouped } from '../kernel/lines.ts';

/** What a person should know while a buyer works; undefined for what only books need. */
const eventText = (event: BuyerEvent): string | undefined => {
  switch (event.kind) {
    case 'purchasing':
      return `buying ${grouped(event.units)} units of task ${event.task} for ${formatAmount(event.cost)} ...`;
    case 'purchased':
      return `stack ${event.stack} bought: ${grouped(event.units)} units at node ${event.node}`;
    case 'adopted':
      return `stack ${event.stack} of this wallet taken into the journal`;
    case 'retry':
      return `node ${event.node}: ${event.why}; trying again`;
    case 'failover':
      return `stack ${event.from} did not answer (${event.why}); using another`;
    case 'unresolved':
      return `node ${event.node} may still charge up to ${grouped(event.maxUnits)} units for request ${event.requestId}`;
    case 'untrusted':
      return `node ${event.node} is not trusted any more: ${event.why}`;
    case 'notice':
      return `refund of stack ${event.stack} asked for`;
    case 'reclaimed':
      return `stack ${event.stack} reclaimed, ${formatAmount(event.refund)} paid back`;
    case 'settlement':
      return `stack ${event.stack} settled: ${grouped(event.claimed)} units claimed, ${grouped(event.known)} proven (${event.finding})`;
    case 'foreign':
      return `this wallet signed ${counted(event.requests, 'request')} on stack ${event.stack} that its journal does not know: another program or computer uses it too. The stack is not disputed without asking; \`atoma watch --mode ask\` asks`;
    case 'behind':
      return `the journal may lack requests of ${counted(event.stacks.length, 'stack')} (${event.stacks.join(', ')}): ${event.why}. They are not disputed without asking; \`atoma watch --mode ask\` asks`;
    case 'disputed':
      return `stack ${event.stack} disputed with a bond of ${formatAmount(event.bond)}`;
    case 'shown':
      return `stack ${event.stack}: ${counted(event.receipts, 'receipt')} shown in the dispute`;
    case 'fault':
      return `${event.what}: ${event.why}`;
    default:
      return undefined;
  }
};

/** Notes events on standard error. */
export const noteEvents =
  (run: Run) =>
  (event: BuyerEvent): void => {
    const text = eventText(event);
    if (text !== undefined) run.note(text);
  };

/** An event as a JSON object. */
export const eventJson = (event: BuyerEvent): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(plainEvent(event)).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
