/** The built-in engine as a program: answers calls on standard input until it is closed. */
import { createInterface } from 'node:readline';
import { createBuiltinEngine } from './engine.ts';
import { decodeCall, type EngineCall, type EngineReply, encodeLine, toFault } from './wire.ts';

const engine = createBuiltinEngine();
const running = new Map<number, AbortController>();
const say = (reply: EngineReply): void => void process.stdout.write(encodeLine(reply));

const answer = async (asked: Exclude<EngineCall, { call: 'stop' }>): Promise<void> => {
  const { id, request } = asked;
  if (asked.call === 'measure') {
    say({ id, measure: await engine.measure(request) });
    return;
  }
  const stopper = new AbortController();
  running.set(id, stopper);
  for await (const event of engine.run(request, asked.limit, stopper.signal)) say({ id, event });
  running.delete(id);
  say({ id, end: true });
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = decodeCall(line);
  if (asked.call === 'stop') running.get(asked.id)?.abort();
  else answer(asked).catch((error: unknown) => say({ id: asked.id, fault: toFault(error) }));
});
