import { defineErrors } from '@atoma/base';

/** Errors of the fault lab. */
export const labError = defineErrors('LAB', {
  UNKNOWN: {
    message: 'There is no scenario or file "{name}".',
    hint: 'Built in: {known}. Or give a .yaml or .ts file.',
  },
  BAD_SCENARIO: { message: '{file}: {why}', hint: 'See docs/lab.md for the fields of a scenario.' },
  NO_MODEL: {
    message: '{name} is played with the language models of a checkout, which are not here.',
    hint: 'Run it in a checkout, with the package node-llama-cpp 3.21.1 installed (npm ci).',
  },
  REFUSED: {
    message: 'The contract refused {call}, which the scenario counts on: {why}',
    hint: 'The scenario asks for something the protocol does not allow.',
  },
  OFF: {
    message: 'The rate is more than four standard errors from the formula, and no assumption explains it: {which}',
    hint: 'Replay it with `atoma lab run {files}`.',
  },
  PAYMENTS: {
    message: 'By the events {who} gained {told} base units; its balance changed by {found}.',
    hint: 'This is a fault of the contract or of the lab; report it with the scenario.',
  },
  BOOKS: {
    message: 'Money appeared or vanished: {before} base units before, {after} after.',
    hint: 'This is a fault of the contract or of the lab; report it with the scenario.',
  },
});
