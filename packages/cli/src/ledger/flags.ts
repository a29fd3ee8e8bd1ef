import { digest, integer, objectId, optional, text, toggle, u64, withDefault } from '../kernel/flags.ts';
import { marketFlags } from '../shared/flags.ts';

/** Flags of `events`. */
export const eventsFlags = {
  follow: toggle('show new events as they happen, until interrupted'),
  kind: optional(text('only this kind, for example StackCreatedEvent', 'KIND')),
  toma: toggle('events of the TOMA coin instead of the market’s'),
  limit: withDefault(integer('most events to show', 'N', 1, 1_000, 'events'), 20),
  oldest: toggle('start at the first event instead of the latest'),
  after: optional(text('continue after the cursor of an earlier answer', 'CURSOR')),
  ...marketFlags,
};
/** Flags of `tx show`. */
export const txFlags = { digest: digest('digest of the transaction'), ...marketFlags };

/** Flags of `object show`. */
export const objectFlags = {
  id: objectId('object or package'),
  version: optional(u64('as of this version (default: the latest)', 'VERSION', 'as a version')),
};
