import { randomInt } from 'node:crypto';
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

const anyFree = async (): Promise<Server> => (await listening(randomInt(FIRST_PORT, LAST_PORT))) ?? anyFree();

const portOf = (server: Server): number => (server.address() as { readonly port: number }).port;

/** So many ports nobody listens on now, all different. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(Array.from({ length: count }, anyFree));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};
