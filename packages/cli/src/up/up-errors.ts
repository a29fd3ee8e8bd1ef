import { defineErrors } from '@atoma/base';

/** Errors of the market in one process. */
export const upError = defineErrors('UP', {
  RUNNING: {
    message: 'A market is already running: process {pid}, {url}',
    hint: 'Use it, or stop it with `atoma up --stop`.',
  },
  NOT_RUNNING: { message: 'No market is running.', hint: 'Start one with `atoma up`.' },
  DIED: {
    message: 'The market ended before it was ready: {why}',
    hint: '{remedy}Its messages are in {log}.',
  },
  ENGINE: {
    message: 'The engine at {url} does not answer as an OpenAI-compatible server: {why}',
    hint: 'Give the address without /v1, for example http://127.0.0.1:11434, and see that it is running.',
    retryable: true,
  },
  LEVEL: {
    message: 'Level 1 needs answers that others can check, and {url} has no profile for that.',
    hint: 'Use --level 0; for a model file, make a profile beside it: atoma calibrate --help.',
  },
  CHEAT: {
    message: 'A cheat is caught only at level 1, and this market sells level {level}.',
    hint: 'Leave out --cheat, or sell the built-in models or a model file with a profile to at least five nodes.',
  },
  KEPT: {
    message: 'The market kept in {directory} was made with {what}.',
    hint: 'Start it without the flag, or remove the directory to begin anew.',
  },
  KEPT_DAMAGED: {
    message: 'The market kept in {file} cannot be read: the file was cut off or changed.',
    hint: 'Bring the file back from a copy, or remove its directory to begin anew; what the market held is lost then.',
  },
  IN_USE: {
    message: 'Another market starts or ends in {directory}.',
    hint: 'Wait until it is ready and use it, or until it has ended.',
    retryable: true,
  },
  STOPPING: {
    message: 'Process {pid} was told to stop and has not ended after {seconds} s.',
    hint: 'Wait until it has ended: `atoma status` no longer shows it then.',
    retryable: true,
  },
  SETUP: {
    message: 'The market could not be made: {what} failed ({why})',
    hint: 'Start it again; report it if it persists.',
  },
});
