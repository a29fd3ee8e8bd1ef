import { defineErrors } from '@atoma/base';

/** Errors of the three-way check. */
export const reconcileError = defineErrors('RECONCILE', {
  NO_FILE: {
    message: '{what} is not at {file}.',
    hint: 'Name the files with --journal, --gateway and --node; `atoma up --persist` keeps its own.',
  },
  NO_SURFACE: {
    message: 'The gateway’s books at {url} cannot be read: {why}',
    hint: 'Is it running? Its files can be named instead: --journal and --gateway.',
    retryable: true,
  },
  DIFFERS: {
    message: 'The books differ: {which}',
    hint: 'The receipts decide: `atoma receipts audit STACK` checks a node, `atoma watch` disputes a settlement.',
  },
});
