/** A market that goes on when the terminal is closed. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { record, text } from '@atoma/sdk';
import { makePrivateDirectory } from '../config/home.ts';
import type { Settings } from '../config/settings.ts';
import { isAlive } from './alive.ts';
import type { UpFacts } from './facts.ts';
import { answeringUp, runningUp } from './running-market.ts';
import { upError } from './up-errors.ts';

/** A model of many gigabytes is read from a slow disk; a process that ends is noticed at once. */
const READY_MS = 600_000;
const STOP_MS = 120_000;
const LOOK_MS = 20;

/** What the market said last about why it ended and what to do: its error as text or as JSON. */
const lastWords = (log: string): { readonly why: string; readonly remedy: string } | undefined => {
  const lines = readFileSync(log, 'utf8').split('\n');
  const json = lines.findLast((line) => line.startsWith('{"error":'));
  if (json !== undefined) {
    const { message, hint } = record(record(JSON.parse(json)).error);
    return { why: text(message), remedy: text(hint) };
  }
  const at = lines.findLastIndex((line) => line.startsWith('error '));
  return at < 0
    ? undefined
    : { why: (lines[at] as string).slice('error '.length), remedy: lines[at + 1]?.trim() ?? '' };
};

const died = (log: string, why: string, remedy = '') =>
  upError('DIED', { why, remedy: remedy === '' ? '' : `${remedy} `, log });

/** Starts `atoma ARGS` without a terminal and waits until its market is ready. Throws `UP_DIED`. */
export const detachUp = async (settings: Settings, args: readonly string[]): Promise<UpFacts> => {
  makePrivateDirectory(settings.home.directory);
  const log = join(settings.home.directory, 'up.log');
  writeFileSync(log, '', { mode: 0o600 });
  const output = openSync(log, 'a'); // two that start at once write no line over another
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...args], {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...settings.env },
  });
  closeSync(output);
  let ended: string | undefined;
  child.once('exit', (code, signal) => {
    ended = signal ?? `exit code ${code}`;
  });
  for (const deadline = Date.now() + READY_MS; ; await pause(LOOK_MS)) {
    const facts = runningUp(settings);
    if (facts !== undefined && facts.pid === child.pid) {
      child.unref();
      return facts;
    }
    if (ended !== undefined) {
      const { why, remedy } = lastWords(log) ?? { why: ended };
      throw died(log, why, remedy);
    }
    if (Date.now() > deadline) throw died(log, `not ready after ${READY_MS / 60_000} minutes`);
  }
};

const terminate = (pid: number): void => {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself
  }
};

/** Stops the running market and waits until its process is gone. Throws `UP_NOT_RUNNING`, `UP_STOPPING`. */
export const stopUp = async (settings: Settings): Promise<UpFacts> => {
  const facts = await answeringUp(settings);
  if (!facts) throw upError('NOT_RUNNING');
  const { pid } = facts;
  terminate(pid);
  for (const deadline = Date.now() + STOP_MS; isAlive(pid); await pause(LOOK_MS))
    if (Date.now() > deadline) throw upError('STOPPING', { pid, seconds: STOP_MS / 1000 });
  return facts;
};
