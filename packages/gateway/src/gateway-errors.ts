/** Why the gateway does not start or an administrator's request is refused. Answers to clients are in serve/problem.ts. */
import { defineErrors } from '@atoma/base';

/** Errors of the gateway. */
export const gatewayError = defineErrors('GATEWAY', {
  PORT: { message: 'Port {port} cannot be used: {why}', hint: 'Choose another port, or stop what uses it.' },
  STORAGE: { message: 'The database {path} refused: {why}', hint: 'Check free space and file permissions.' },
  SCHEMA_NEWER: {
    message: 'The database {path} was written by a newer version (schema {found}, this program knows {known})',
    hint: 'Use the newer program.',
  },
  IN_USE: {
    message: 'The books {path} are used by another gateway',
    hint: 'Stop it, or give this one its own home (ATOMA_HOME).',
    retryable: true,
  },
  FOREIGN: {
    message: 'The books {path} are those of wallet {known}, not of {wanted}',
    hint: 'A wallet has one gateway: use that one, or give this one its own home (ATOMA_HOME).',
  },
  BOOKS: {
    message: 'What the gateway answered is no copy of its books',
    hint: 'Use the same version of the command and the gateway, and the address of the gateway’s administrator.',
  },
  KEY_UNKNOWN: { message: 'There is no key {id}', hint: 'GET /v1/keys lists all.' },
  KEY_REVOKED: { message: 'Key {id} is revoked', hint: 'Make a new one.' },
  KEY_FIELD: { message: '{param} of the key cannot be used: {why}', hint: 'Nothing was changed.' },
  QUOTA: {
    message: 'The {period} quota of {limit} {unit} would be passed: {wanted} more with {used} used',
    hint: 'Wait for the next {period}, ask for less, or raise the quota of the key.',
  },
  STACK: {
    message:
      'The smallest stack that serves this request costs {cost} ({units} units{why}), and the key may spend {left} more this {period}',
    hint: 'Raise its quota: PATCH /v1/keys/{id} with {members}. Nothing was bought, and stacks that are here are still used.',
  },
  PAYMENT: {
    message: 'The request would cost {wanted} base units of TOMA and {paid} were paid',
    hint: 'The payment goes back; ask for the price again.',
    retryable: true,
  },
  RATE: {
    message: 'The key may use {limit} units a minute',
    hint: 'Wait a moment, or raise the rate of the key.',
    retryable: true,
  },
});
