import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { eventsFlags, objectFlags, txFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const owner = {
  type: ['object', 'null'],
  description:
    'Kind (address, object, shared, consensusAddress, immutable) with address, parent, initial_version or start_version.',
} as const;
const event = {
  kind: s.text('Name of the event.'),
  digest: s.text('Transaction.'),
  event_index: s.integer('Place among its events.'),
  checkpoint: s.orNull(s.text('Checkpoint, null before it is in one.')),
  sender: s.objectId('Who sent it.'),
  data: s.anyRecord('Fields of the event.'),
};

/** Commands that read the ledger's history. */
export const ledgerCommands = {
  events: command({
    brief: 'What happened on the market, latest last.',
    examples: ['events', 'events --kind StackCreatedEvent --limit 5', 'events --follow --json'],
    notes: 'With --follow and --json each event is one line of JSON.',
    access: 'read',
    flags: eventsFlags,
    output: s.shape('events', {
      events: s.list(s.record(event), 'Events, oldest first.'),
      cursor: s.orNull(s.text('Where a later call goes on with --after.')),
      has_more: s.bool('Whether there are more.'),
    }),
    load: async () => (await handlers()).events,
  }),
  epoch: command({
    brief: 'The current epoch and the time left in it.',
    examples: ['epoch', 'epoch --quiet'],
    access: 'read',
    flags: {},
    output: s.shape('epoch', {
      epoch: s.integer('Epoch now.'),
      started_ms: s.integer('Start, ms since 1970.'),
      duration_ms: s.integer('Announced length, ms.'),
      left_ms: s.integer('Time left, ms.'),
      reference_gas_price: s.amount('MIST per gas unit.'),
    }),
    load: async () => (await handlers()).epoch,
  }),
  tx: group('Transactions.', {
    show: command({
      brief: 'One transaction: what it called, what happened, what it cost.',
      examples: ['tx show DIGEST', 'tx show DIGEST --json'],
      access: 'read',
      flags: txFlags,
      positional: ['digest'],
      output: s.shape('tx.show', {
        transaction: s.anyRecord(
          'Digest, sender, failure, epoch, gas, calls, events (of the market, and other_events), balance_changes and changed_objects (id, type, change, owner, version).',
        ),
      }),
      load: async () => (await handlers()).showTransaction,
    }),
  }),
  object: group('Objects.', {
    show: command({
      brief: 'One object: type, owner, version, its fields; of a package its modules and functions.',
      examples: ['object show 0x6', 'object show 0xID --version 12 --json'],
      notes: 'Works on every network, also where no Atoma contract is. `tx show` lists the objects of a transaction.',
      access: 'read',
      flags: objectFlags,
      positional: ['id'],
      output: s.shape('object.show', {
        object_id: s.objectId('The object.'),
        version: s.amount('Its version.'),
        digest: s.text('Digest of its contents.'),
        type: s.text('Move type, or package.'),
        owner,
        previous_transaction: s.orNull(s.text('Digest of the transaction that wrote it.')),
        storage_rebate: s.amount('MIST given back when it is deleted.'),
        fields: { description: 'Move fields as JSON; null for a package.' },
        modules: s.list(
          s.record({
            name: s.text('Module.'),
            functions: s.list(s.text('Function.'), 'Functions that can be called from outside.'),
          }),
          'Modules of a package.',
        ),
      }),
      load: async () => (await handlers()).showObject,
    }),
  }),
};
