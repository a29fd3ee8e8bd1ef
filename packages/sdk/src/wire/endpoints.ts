/** Endpoints of the market, and the roles of tasks whose stacks serve them. */

/** Roles by billable endpoint; faces of chat are named where a node serves them itself. */
export const endpointRoles: Readonly<Record<string, readonly number[]>> = {
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
};

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
