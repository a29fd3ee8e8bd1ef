/** OpenAPI 3.1 of the node, from the schemas that check the bodies. */
import * as z from 'zod';
import { bodySchemas, formFiles } from '../serve/schemas.ts';

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});
const envelope = [
  header('Atoma-Envelope', 'base64 of the request envelope'),
  header('Atoma-Signature', "base64 of the buyer's Sui signature over the envelope as a personal message"),
];
const inquiry = [
  header('Atoma-Inquiry', 'base64 of the inquiry'),
  header('Atoma-Signature', 'base64 of the Sui signature over the inquiry as a personal message'),
];
const answers = {
  200: { description: 'Answer' },
  default: { description: 'Error', content: { 'application/json': {} } },
};

const billable = (): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(bodySchemas).map(([path, schema]) => {
      const media = path in formFiles ? 'multipart/form-data' : 'application/json';
      const requestBody = { required: true, content: { [media]: { schema: z.toJSONSchema(schema, { io: 'input' }) } } };
      return [path, { post: { summary: 'Billable work', parameters: envelope, requestBody, responses: answers } }];
    }),
  );

const reads: readonly (readonly [string, 'get' | 'post', string])[] = [
  ['/v1/stacks/{id}', 'get', 'State of a stack'],
  ['/v1/stacks/{id}/leaves', 'get', 'Leaves of a settled stack'],
  ['/v1/stacks/{id}/proof/{index}', 'get', 'Inclusion proof of one leaf'],
  ['/v1/stacks/{id}/inputs', 'get', 'List of inputs of a stack this node checks, for its owner'],
  ['/v1/stacks/{id}/transcript', 'get', 'Transcript for attesters and jurors'],
  ['/v1/stacks/{id}/evidence', 'get', 'Evidence of the confidential environment over a nonce of the asker'],
  ['/v1/stacks/{id}/handoff', 'post', 'What is used of a stack that changes hands, signed'],
  ['/v1/receipts', 'get', 'Receipts of a stack'],
  ['/v1/receipts/{request_id}', 'get', 'Receipt, refusal or pending'],
  ['/v1/receipts/import', 'post', 'Receipts of a quarantined stack'],
  ['/v1/disputes/{stack}/evidence', 'post', 'Evidence for jurors'],
];
const open: readonly (readonly [string, string])[] = [
  ['/v1/models', 'Models served'],
  ['/v1/node', 'Identity of the node'],
  ['/v1/evidence', 'Published evidence of the confidential environment, and keys to seal requests to'],
  ['/health', 'Alive'],
  ['/ready', 'Ready for work, or why not'],
  ['/metrics', 'Figures for Prometheus; this machine only unless the operator says otherwise'],
  ['/openapi.json', 'This document'],
];

/** The document. */
export const openApiDocument = (version: string): Record<string, unknown> => ({
  openapi: '3.1.0',
  info: { title: 'Atoma node', version },
  paths: {
    ...billable(),
    ...Object.fromEntries(
      reads.map(([path, method, summary]) => [
        path,
        { [method]: { summary, parameters: inquiry, responses: answers } },
      ]),
    ),
    ...Object.fromEntries(open.map(([path, summary]) => [path, { get: { summary, responses: answers } }])),
  },
});
