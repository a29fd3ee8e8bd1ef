/** Clients that send a head or a body a letter at a time, or never read: they are let go, and hold up nobody. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const ask = { model, messages: [{ role: 'user' as const, content: 'what is a receipt?' }], max_tokens: 12 };
let market: Rehearsal;
let desk: Desk;
let key: string;
beforeAll(async () => {
  market = await openRehearsal('slow clients');
  await market.subscribe(await market.addNode(), await market.task({ model }), 100n);
  desk = await openDesk(market);
  key = await desk.key();
});
afterAll(async () => {
  await desk.close();
  await market.close();
});

/** Sends a first part at once and then a letter a second, until the other side ends it; what it said. */
const drip = (port: number, first: string): Promise<string> =>
  new Promise((done) => {
    let said = '';
    const socket: Socket = connect(port, '127.0.0.1', () => void socket.write(first));
    const timer = setInterval(() => void socket.write('x'), 1_000);
    socket.on('data', (part) => {
      said += part;
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        clearInterval(timer);
        done(said);
      });
  });

const nodePort = (): number => Number(new URL(market.nodes[0]?.url() ?? '').port);
const head = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`;

test('a hundred slow heads and bodies at gateway and node: each is refused, everybody else is served meanwhile', async () => {
  const slow = [
    ...Array.from({ length: 50 }, () => drip(desk.gateway.port, `${head('/v1/chat/completions')}x-slow: `)),
    ...Array.from({ length: 20 }, () =>
      drip(desk.gateway.port, `${head('/v1/chat/completions')}content-length: 5000\r\n\r\n{`),
    ),
    ...Array.from({ length: 30 }, () => drip(nodePort(), `${head('/v1/chat/completions')}x-slow: `)),
  ];
  let open = slow.length;
  for (const each of slow) void each.then(() => open--);
  let served = 0;
  for (; open > 0; served++) expect((await desk.post(key, ask)).status).toBe(200);
  expect(served).toBeGreaterThan(0);
  const said = (await Promise.all(slow)).map((text) => /^HTTP\/1.1 (\d+)/.exec(text)?.[1]);
  expect(said.slice(0, 70)).toEqual(Array(70).fill('408'));
  expect(said.slice(70)).toEqual(Array(30).fill('400'));
});
