/** Why the daemon does not start or an operator's request is refused. Answers to buyers are in serve/problem.ts. */
import { defineErrors } from '@atoma/base';

/** Errors of the daemon. */
export const nodeError = defineErrors('NODE', {
  CONFIG: { message: 'The configuration is not usable: {why}', hint: 'Correct {where} and start again.' },
  KEY: { message: 'The wallet key cannot be used: {why}', hint: 'Give the ed25519 key that holds the NodeBadge.' },
  DATABASE_IN_USE: {
    message: 'The database {path} is in use by instance {holder} (process {pid}), last heartbeat {age} ms ago',
    hint: 'Stop the other daemon. The next start on this machine works as soon as it has ended; on another one, {lease} ms after its last heartbeat.',
  },
  SCHEMA_NEWER: {
    message: 'The database {path} was written by a newer version (schema {found}, this program knows {known})',
    hint: 'Use the newer program, or a backup of the older database.',
  },
  SPOOL: {
    message: 'There is no room in {path} to check the backup: {why}',
    hint: 'Make room there, or name another directory for temporary files with TMPDIR.',
    retryable: true,
  },
  STORAGE: { message: 'The database refused a write: {why}', hint: 'Check free space and file permissions.' },
  LEDGER: {
    message: 'The metering ledger refused to {action} request {requestId} of stack {stack}: {why}',
    hint: 'The request is in another state than expected; its row tells which.',
  },
  STACK_UNKNOWN: { message: 'Stack {stack} is not in the ledger', hint: 'Wait for its purchase event or resync.' },
  STACK_STATE: {
    message: 'Stack {stack} is {state}, which does not allow to {action}',
    hint: 'See `status` for what the stack waits for.',
  },
  OUTBOX: {
    message: 'The outbox entry {kind} {subject} cannot go from {from} to {to}',
    hint: 'Look at the entry with `status`.',
  },
  EVIDENCE: {
    message: 'No evidence of the confidential environment can be made: {why}',
    hint: 'Correct {where}; stacks of level 2 are refused until there is evidence.',
  },
  SEAL: { message: 'A sealed record cannot be opened', hint: 'Start with the key file the records were sealed with.' },
  OTHER_INSTANCE: {
    message: 'Another daemon answers at {url} (instance {other})',
    hint: 'Stop it, or start with takeover when it is known to be gone.',
  },
  NOT_REGISTERED: {
    message: 'The wallet {address} holds no NodeBadge of node {node}',
    hint: 'Register the node first, or name the badge to use.',
  },
  NO_PROFILE: {
    message: 'Model {model} has no reproducible engine, so task {task} of level 1 cannot be served',
    hint: 'Serve it with an engine that declares a profile, or subscribe to a task of another level.',
  },
  ENGINE: {
    message: 'Engine {engine} failed: {why}',
    hint: 'See its log; the request was not charged.',
    retryable: true,
  },
  INQUIRY: { message: 'The node at {url} answered {status} to {path}', hint: 'Try again later.', retryable: true },
  EVENT_MISSING: {
    message: 'The chain does not list the {event} of stack {stack} yet',
    hint: 'Wait: it is asked again in the next round.',
    retryable: true,
  },
  URL_REFUSED: {
    message: 'The address {url} is not one this daemon connects to: {why}',
    hint: 'Only public https addresses are used unless allow_private_nodes is set.',
  },
  PORT: { message: 'The port {port} cannot be opened: {why}', hint: 'Choose another port, or stop what uses it.' },
});
