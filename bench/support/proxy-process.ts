/** A bare reverse proxy of Node: what any hop costs at least. Prints its address. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const target = process.argv[2] as string;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const server = createServer((incoming, outgoing) => {
  const { host: _, ...headers } = incoming.headers;
  const call = request(target + incoming.url, { method: incoming.method ?? 'GET', headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  call.on('error', () => outgoing.destroy());
  incoming.pipe(call);
});
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })),
);
process.stdin.resume().on('end', () => process.exit(0));
