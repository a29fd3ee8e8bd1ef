/** The built-in engine in a fresh process, for a second run whose outcome does not depend on anything this process has become. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { engineError } from '../errors.ts';
import type { Engine, EngineEvent, EngineLimit, EngineRequest, Measure } from '../types.ts';
import { createBuiltinEngine } from './engine.ts';
import { decodeReply, type EngineReply, encodeLine, fromFault } from './wire.ts';

/** Beside this file in a checkout; beside the program, or one above its parts, where it is bundled. */
const places = ['./child.ts', './engine-process.js', '../engine-process.js'];

const script = (): string => {
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (!found) throw engineError('FAILED', { model: 'builtin', why: 'its program file is missing' });
  return found;
};

type Child = ChildProcessByStdio<Writable, Readable, null>;
type Listener = (reply: EngineReply) => void;

/** Calls by id over one process; every open call fails when the process ends. */
const connect = (child: Child) => {
  const listeners = new Map<number, Listener>();
  let last = 0;
  let gone: string | undefined;
  const fail = (why: string): void => {
    gone ??= why;
    const details = { model: 'builtin', why };
    for (const [id, listener] of [...listeners]) listener({ id, fault: { kind: 'FAILED', details } });
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = decodeReply(line);
    listeners.get(reply.id)?.(reply);
  });
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => fail(`its process ended (${signal ?? code})`));
  child.stdin.on('error', () => undefined);
  return {
    open: (listener: Listener): number => {
      last++;
      listeners.set(last, listener);
      if (gone !== undefined)
        listener({ id: last, fault: { kind: 'FAILED', details: { model: 'builtin', why: gone } } });
      return last;
    },
    close: (id: number): void => void listeners.delete(id),
    send: (message: Parameters<typeof encodeLine>[0]): void => void child.stdin.write(encodeLine(message)),
  };
};

type Connection = ReturnType<typeof connect>;

const measure = (connection: Connection, request: EngineRequest): Promise<Measure> =>
  new Promise((resolve, reject) => {
    const id = connection.open((reply) => {
      connection.close(reply.id);
      if ('measure' in reply) resolve(reply.measure);
      else
        reject(
          'fault' in reply ? fromFault(reply.fault) : engineError('FAILED', { model: 'builtin', why: 'it ended' }),
        );
    });
    connection.send({ id, call: 'measure', request });
  });

async function* run(
  connection: Connection,
  request: EngineRequest,
  limit: EngineLimit,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const replies: EngineReply[] = [];
  let wake: () => void = () => undefined;
  const id = connection.open((reply) => {
    replies.push(reply);
    wake();
  });
  const stop = (): void => {
    connection.send({ id, call: 'stop' });
    wake();
  };
  signal.addEventListener('abort', stop, { once: true });
  connection.send({ id, call: 'run', request, limit });
  try {
    while (!signal.aborted) {
      const reply = replies.shift();
      if (!reply) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ('fault' in reply) throw fromFault(reply.fault);
      if ('end' in reply) return;
      if ('event' in reply) yield reply.event;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    connection.close(id);
  }
}

/** Starts the process. It ends when it is closed, or with this one. */
export const startEngineProcess = async (): Promise<Engine> => {
  const child: Child = spawn(process.execPath, ['--no-warnings', script()], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = connect(child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    id: 'builtin',
    models: createBuiltinEngine().models,
    measure: (request) => measure(connection, request),
    run: (request, limit, signal) => run(connection, request, limit, signal),
    health: async () => ({ healthy: alive(), detail: alive() ? 'built in, own process' : 'its process ended' }),
    renew: startEngineProcess,
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
