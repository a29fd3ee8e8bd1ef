/** An engine as a program: it names its models, then answers calls on standard input until that is closed. */
import { createInterface } from 'node:readline';
import { keepToItself } from '@atoma/base';
import type { Engine } from '../types.ts';
import { decodeCall, type EngineCall, type EngineReply, encodeLine, toFault } from './wire.ts';

const say = (reply: EngineReply): void => void process.stdout.write(encodeLine(reply));

type Asked = Exclude<EngineCall, { call: 'stop' }>;

const answer = async (engine: Engine, asked: Asked, running: Map<number, AbortController>): Promise<void> => {
  const { id, request } = asked;
  if (asked.call === 'measure') {
    say({ id, kind: 'measure', measure: await engine.measure(request) });
    return;
  }
  const stopper = new AbortController();
  running.set(id, stopper);
  try {
    for await (const event of engine.run(request, asked.limit, stopper.signal)) say({ id, kind: 'event', event });
  } finally {
    running.delete(id);
  }
  say({ id, kind: 'end' });
};

/** Serves an engine; one that cannot be opened is said as a fault, and the program ends. */
export const serveEngine = async (open: () => Promise<Engine>): Promise<void> => {
  const running = new Map<number, AbortController>();
  keepToItself();
  try {
    const engine = await open();
    say({ id: 0, kind: 'models', models: await engine.models() });
    createInterface({ input: process.stdin })
      .on('line', (line) => {
        const asked = decodeCall(line);
        if (!asked) process.exit(1); // whoever asks is no daemon of this version
        if (asked.call === 'stop') running.get(asked.id)?.abort();
        else
          answer(engine, asked, running).catch((error: unknown) =>
            say({ id: asked.id, kind: 'fault', fault: toFault(error, engine.id) }),
          );
      })
      .on('close', () => {
        for (const stopper of running.values()) stopper.abort();
        engine.close().finally(() => process.exit(0));
      });
  } catch (error) {
    process.stdout.write(encodeLine({ id: 0, kind: 'fault', fault: toFault(error, '') }), () => process.exit(1));
  }
};
