import { defineErrors } from '@atoma/base';

/** Errors of the demo. */
export const demoError = defineErrors('DEMO', {
  ANSWER: {
    message: 'Request {request} was answered with status {status}: {why}',
    hint: 'Start it again; report it if it persists.',
  },
  MISSING: {
    message: '{what} did not happen.',
    hint: 'Start it again; report it if it persists.',
  },
  BOOKS: {
    message: 'The books do not add up: {why}',
    hint: 'This is a fault of the program; report it.',
  },
});
