import { defineErrors } from '@atoma/base';

/** Errors of the bench. */
export const benchError = defineErrors('BENCH', {
  DEMO_ENDED: {
    message: 'The demo that was to be measured failed: {why}',
    hint: 'Run `atoma demo` to see why.',
  },
  UP_ENDED: {
    message: 'The market that was to be measured ended before it was ready (exit code {code}).',
    hint: 'Run `atoma up` to see why.',
  },
  UP_FACTS: {
    message: 'The market that was to be measured is of another version: {fault}.',
    hint: 'Build the program again, and measure that.',
  },
});
