import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections, so that nothing takes one in between. */
const FIRST_PORT = 12_000;
const LAST_PORT = 32_000;

const listening = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

const wanted = (seed: string, attempt: number): number => {
  const hash = createHash('sha256').update(`port ${seed} ${attempt}`).digest();
  return FIRST_PORT + (hash.readUInt32BE() % (LAST_PORT - FIRST_PORT));
};

const firstFree = async (seed: string, attempt = 0): Promise<Server> =>
  (await listening(wanted(seed, attempt))) ?? firstFree(seed, attempt + 1);

const portOf = (server: Server): number => (server.address() as { readonly port: number }).port;

/** So many ports nobody listens on now, all different; where they are free, the same ones for the same seed. */
export const freePorts = async (count: number, seed: string = randomUUID()): Promise<readonly number[]> => {
  const servers: Server[] = [];
  for (let i = 0; i < count; i++) servers.push(await firstFree(`${seed} ${i}`));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};
