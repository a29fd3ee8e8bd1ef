/** Asks the running daemon through its operator surface. */
import { existsSync, readFileSync } from 'node:fs';
import { nodeError } from '@atoma/node';
import { record } from '@atoma/sdk';
import type { Json, Run } from '../kernel/command.ts';
import type { JsonSchema } from '../kernel/schema.ts';
import { fits, schemaFaults } from '../kernel/schema-faults.ts';
import { nodeFiles, readNodeConfig } from './node-files.ts';

const TIMEOUT_MS = 60_000;

/**
 * Sends a question (without body) or an order. Throws `NODE_INQUIRY` when no daemon answers, it refuses, or its answer breaks the schema.
 */
export const askDaemon = async <T = Readonly<Record<string, Json>>>(
  run: Run,
  path: string,
  schema: JsonSchema,
  body?: object,
): Promise<T> => {
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
  if (!fits<T>(schema, json)) {
    const [fault] = schemaFaults(schema, json);
    throw nodeError('INQUIRY', { url, status: `${response.status} of another version (${fault})`, path });
  }
  return json;
};
