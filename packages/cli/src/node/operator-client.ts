/** Asks the running daemon through its operator surface. */
import { existsSync, readFileSync } from 'node:fs';
import { nodeError } from '@atoma/node';
import { record } from '@atoma/sdk';
import type { Json, Run } from '../kernel/command.ts';
import { nodeFiles, readNodeConfig } from './files.ts';

const TIMEOUT_MS = 60_000;

/** Sends a question (without body) or an order. Throws `NODE_INQUIRY` when no daemon answers or it refuses. */
export const askDaemon = async (run: Run, path: string, body?: object): Promise<Record<string, Json>> => {
  const files = nodeFiles(run.settings);
  const { operator_port: port } = readNodeConfig(files);
  const url = `http://127.0.0.1:${port}`;
  const token = existsSync(files.token) ? readFileSync(files.token, 'utf8').trim() : '';
  const response = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((cause: unknown) => {
    throw nodeError('INQUIRY', { url, status: 'nothing', path }, cause);
  });
  const json: unknown = await response.json().catch(() => undefined);
  if (typeof json !== 'object' || json === null)
    throw nodeError('INQUIRY', { url, status: `${response.status} no JSON object or list`, path });
  if (!response.ok) {
    const { message, code } = record(record(json).error);
    throw nodeError('INQUIRY', { url, status: `${response.status} ${message ?? code ?? ''}`, path });
  }
  return json as Record<string, Json>;
};
