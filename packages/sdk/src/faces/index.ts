/** The faces by their path. */

import { customInput, customTools } from './custom-tools.ts';
import { collectMessage, createMessage, heardInput, messageContent, messagesError } from './messages-answer.ts';
import { messagesToChat } from './messages-request.ts';
import { takeText } from './pieces.ts';
import { collectResponse, createResponse, responseContent } from './responses-answer.ts';
import { responsesToChat } from './responses-request.ts';
import type { Face } from './types.ts';

export { faceError } from './client-json.ts';
export { inputMessages } from './responses-request.ts';
export type { Face, FaceStream } from './types.ts';

/** OpenAI's Responses and Anthropic's Messages. */
export const faces: Readonly<Record<string, Face>> = {
  '/v1/responses': {
    toChat: responsesToChat,
    answer: (body, chat) => createResponse(body).whole(chat),
    stream: (body, done) => ({ take: takeText(createResponse(body, done)) }),
    heard: (call, body) => (customTools(body).has(call.name) ? customInput(call.arguments) : call.arguments),
    contentOf: responseContent,
    collect: collectResponse,
    error: (error) => ({ error }),
    count: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
  },
  '/v1/messages': {
    toChat: messagesToChat,
    answer: (body, chat) => createMessage(body).whole(chat),
    stream: (body, done) => ({ take: takeText(createMessage(body, done)) }),
    heard: (call) => heardInput(call.arguments),
    contentOf: messageContent,
    collect: collectMessage,
    error: messagesError,
    count: (tokens) => ({ input_tokens: tokens }),
  },
};

/** The face of a path; undefined: it is none. */
export const faceOf = (endpoint: string): Face | undefined =>
  Object.hasOwn(faces, endpoint) ? faces[endpoint] : undefined;
