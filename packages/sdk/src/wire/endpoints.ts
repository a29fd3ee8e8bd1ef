/** Endpoints of the market, and the roles of tasks whose stacks serve them. */

const rolesOf = {
  '/v1/chat/completions': [0, 2],
  '/v1/completions': [0],
  '/v1/embeddings': [1],
  '/v1/rerank': [1],
  '/v1/moderations': [1],
  '/tokenize': [0],
  '/detokenize': [0],
  '/v1/images/generations': [3],
  '/v1/images/edits': [3],
  '/v1/audio/speech': [4],
  '/v1/audio/transcriptions': [5],
  '/v1/audio/translations': [5],
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** An endpoint that engines serve. */
export type Endpoint = keyof typeof rolesOf;

/** All of them. */
export const endpoints = Object.keys(rolesOf) as readonly Endpoint[];

/** Chat: the endpoint that every face is mapped on. */
export const CHAT = '/v1/chat/completions' satisfies Endpoint;

/** Roles by billable endpoint; faces of chat are named where a node serves them itself. */
export const endpointRoles: Readonly<Record<string, readonly number[]>> = rolesOf;

/** The endpoint that work of a role is asked for at; undefined for a role that nothing serves. */
export const endpointOfRole = (role: number): string | undefined =>
  Object.entries(endpointRoles).find(([, roles]) => roles.includes(role))?.[0];

/** Kind of the choices an endpoint answers with; undefined where it answers with none. */
export const completionKind = (endpoint: string): 'chat' | 'completion' | undefined =>
  endpoint === CHAT ? 'chat' : endpoint === '/v1/completions' ? 'completion' : undefined;

/** Endpoints that are served as chat completions in another form. */
export const faceRoles: Readonly<Record<string, readonly number[]>> = {
  '/v1/responses': [0, 2],
  '/v1/messages': [0, 2],
};

/** Endpoints of roles that no engine serves yet. */
export const unservedRoles: Readonly<Record<string, readonly number[]>> = {
  '/v1/fine_tuning/jobs': [6],
  '/v1/files': [6],
  '/v1/training/jobs': [7],
};
