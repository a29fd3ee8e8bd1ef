/** The protocol over HTTP: on this machine only, with a token, bodies and sessions bounded. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sameText } from '@atoma/base';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const HOST = '127.0.0.1';
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_SESSIONS = 64;

/** What is served, and to whom. */
export interface McpHttpParameters {
  readonly port: number;
  readonly token: string;
  readonly makeServer: () => Server;
}

/** A running server. */
export interface McpHttp {
  readonly url: string;
  readonly close: () => Promise<void>;
}

type Answer = readonly [status: number, message: string];

/** Why a request is not let in. A page of a browser sends an origin, or a name that it made point here. */
const refusal = ({ url, headers }: IncomingMessage, token: string): Answer | undefined => {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (headers.origin !== undefined || (host !== HOST && host !== 'localhost'))
    return [403, 'Only programs of this machine are served'];
  if (url?.split('?')[0] !== '/mcp') return [404, 'The server is at /mcp'];
  if (!sameText(headers.authorization ?? '', `Bearer ${token}`))
    return [401, 'Send "Authorization: Bearer TOKEN" with the token of the file that `atoma mcp` names'];
  return undefined;
};

/** The JSON of a body. */
const readBody = async (request: IncomingMessage): Promise<{ readonly json: unknown } | Answer> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    size += (part as Buffer).length;
    if (size > MOST_BYTES) return [413, `A body has at most ${MOST_BYTES} bytes`];
    parts.push(part as Buffer);
  }
  try {
    return { json: JSON.parse(Buffer.concat(parts).toString('utf8')) };
  } catch {
    return [400, 'The body is no JSON'];
  }
};

const refuse = (response: ServerResponse, [status, message]: Answer): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null }));
};

/** Serves sessions until closed. Rejects when the port cannot be had. */
export const serveMcpHttp = async ({ port, token, makeServer }: McpHttpParameters): Promise<McpHttp> => {
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  const begin = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
        const [oldest] = sessions;
        if (sessions.size > MOST_SESSIONS && oldest) void oldest[1].close();
      },
    });
    transport.onclose = () => void (transport.sessionId && sessions.delete(transport.sessionId));
    await makeServer().connect(transport as Parameters<Server['connect']>[0]);
    return transport;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const no = refusal(request, token);
    if (no) return refuse(response, no);
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (id !== undefined && !known) return refuse(response, [404, 'This session has ended; begin a new one']);
    if (request.method !== 'POST')
      return known ? known.handleRequest(request, response) : refuse(response, [400, 'Name a session']);
    const body = await readBody(request);
    if (!('json' in body)) return refuse(response, body);
    const transport = known ?? (await begin());
    await transport.handleRequest(request, response, body.json);
    if (transport.sessionId === undefined) await transport.close(); // it was no beginning of a session
  };

  const server = createServer({ requestTimeout: 60_000, headersTimeout: 10_000 }, (request, response) => {
    handle(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, [500, 'The request failed']);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, HOST, resolve));
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/mcp`,
    close: async () => {
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
