/** An engine in a process of its own, as this process sees it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { engineError } from '../engine-errors.ts';
import type { Engine, EngineEvent, EngineLimit, EngineModel, EngineRequest, Measure } from '../types.ts';
import { decodeReply, type EngineReply, encodeLine, fromFault } from './wire.ts';

/** Which program, and what to say of it. */
export interface EngineProgram {
  /** Name of the engine in messages. */
  readonly id: string;
  /** File in the checkout, relative to this folder. */
  readonly source: string;
  /** Name of the file beside the bundled program. */
  readonly bundled: string;
  readonly args: readonly string[];
  /** How the engine is started anew for a second opinion; absent: it cannot be. */
  readonly renew?: () => Promise<Engine>;
}

const script = ({ id, source, bundled }: EngineProgram): string => {
  const places = [source, `./${bundled}`, `../${bundled}`];
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (!found) throw engineError('FAILED', { model: id, why: 'its program file is missing' });
  return found;
};

type Child = ChildProcessByStdio<Writable, Readable, null>;
type Listener = (reply: EngineReply) => void;

/** Calls by id over one process; every open call fails when the process ends. */
const connect = (child: Child, id: string) => {
  const listeners = new Map<number, Listener>();
  let last = 0;
  let gone: string | undefined;
  const fault = (why: string) => ({ kind: 'FAILED', details: { model: id, why } });
  const fail = (why: string): void => {
    gone ??= why;
    for (const [call, listener] of [...listeners]) listener({ id: call, kind: 'fault', fault: fault(why) });
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = decodeReply(line);
    if (reply) listeners.get(reply.id)?.(reply);
    else {
      fail('its process said what is no reply');
      child.kill();
    }
  });
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => fail(`its process ended (${signal ?? code})`));
  child.stdin.on('error', () => undefined);
  return {
    /** Listens for what the program says first, its models or why it has none. */
    first: (listener: Listener): void => void listeners.set(0, listener),
    open: (listener: Listener): number => {
      last++;
      listeners.set(last, listener);
      if (gone !== undefined) listener({ id: last, kind: 'fault', fault: fault(gone) });
      return last;
    },
    close: (call: number): void => void listeners.delete(call),
    send: (message: Parameters<typeof encodeLine>[0]): void => void child.stdin.write(encodeLine(message)),
  };
};

type Connection = ReturnType<typeof connect>;

const modelsOf = (connection: Connection, id: string): Promise<readonly EngineModel[]> =>
  new Promise((resolve, reject) => {
    connection.first((reply) => {
      connection.close(0);
      if (reply.kind === 'models') resolve(reply.models);
      else
        reject(
          reply.kind === 'fault'
            ? fromFault(reply.fault)
            : engineError('FAILED', { model: id, why: 'it named no models' }),
        );
    });
  });

const measure = (connection: Connection, request: EngineRequest): Promise<Measure> =>
  new Promise((resolve, reject) => {
    const id = connection.open((reply) => {
      connection.close(reply.id);
      if (reply.kind === 'measure') resolve(reply.measure);
      else
        reject(
          reply.kind === 'fault'
            ? fromFault(reply.fault)
            : engineError('FAILED', { model: request.model, why: 'it ended' }),
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
      if (reply.kind === 'fault') throw fromFault(reply.fault);
      if (reply.kind === 'end') return;
      if (reply.kind === 'event') yield reply.event;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    connection.close(id);
  }
}

/** An engine that lives in a process, and whether that process still does. */
export interface ProcessEngine extends Engine {
  readonly alive: () => boolean;
}

/** Starts the program and waits for its models. It ends when it is closed, or with this process. */
export const startEngineProgram = async (program: EngineProgram): Promise<ProcessEngine> => {
  const { id, args, renew } = program;
  const child: Child = spawn(process.execPath, ['--no-warnings', script(program), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = connect(child, id);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const models = await modelsOf(connection, id);
  return {
    id,
    alive,
    models: async () => models,
    measure: (request) => measure(connection, request),
    run: (request, limit, signal) => run(connection, request, limit, signal),
    health: async () => ({ healthy: alive(), detail: alive() ? `${id}, own process` : `${id}: its process ended` }),
    ...(renew ? { renew } : {}),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
