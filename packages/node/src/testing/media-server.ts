/** A small OpenAI-compatible server over real parts for speech, reading of images and transcription, each given by who starts it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What does the work. */
export interface MediaParts {
  /** A WAV file of a text. */
  readonly speak?: (text: string) => Promise<Uint8Array>;
  /** The text in an image. */
  readonly read?: (image: Uint8Array) => Promise<string>;
  /** The words in a WAV file. */
  readonly hear?: (sound: Uint8Array) => Promise<string>;
  /** A PNG file of a prompt. */
  readonly draw?: (prompt: string) => Promise<Uint8Array>;
}

/** A running server. */
export interface MediaServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;
const DATA = /^data:[\w.+/-]+;base64,/;

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

const imageOf = (body: Json): Uint8Array => {
  const parts = (body.messages as readonly Json[]).flatMap(({ content }) => (Array.isArray(content) ? content : []));
  const image = (parts as readonly Json[]).find(({ type }) => type === 'image_url');
  const { url } = (image?.image_url ?? {}) as { readonly url?: string };
  return Buffer.from((url ?? '').replace(DATA, ''), 'base64');
};

const fileOf = async (bytes: Buffer, contentType: string): Promise<Uint8Array> => {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  const file = form.get('file');
  return file instanceof File ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
};

const serve = async (parts: MediaParts, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const bytes = await bodyOf(request);
  const json = (value: unknown, status = 200): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (request.url === '/v1/models') return json({ object: 'list', data: [] });
  if (request.url === '/v1/audio/speech' && parts.speak) {
    const { input } = JSON.parse(bytes.toString()) as { input: string };
    response.writeHead(200, { 'content-type': 'audio/wav' }).end(await parts.speak(input));
    return;
  }
  if (request.url === '/v1/images/generations' && parts.draw) {
    const { prompt } = JSON.parse(bytes.toString()) as { prompt: string };
    return json({ data: [{ b64_json: Buffer.from(await parts.draw(prompt)).toString('base64') }] });
  }
  if (request.url === '/v1/audio/transcriptions' && parts.hear)
    return json({ text: await parts.hear(await fileOf(bytes, request.headers['content-type'] ?? '')) });
  if (request.url === '/v1/chat/completions' && parts.read) {
    const content = await parts.read(imageOf(JSON.parse(bytes.toString()) as Json));
    return json({ choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] });
  }
  return json({ error: { message: 'no such part' } }, 404);
};

/** Starts a server on a free port of this machine. */
export const startMediaServer = async (parts: MediaParts): Promise<MediaServer> => {
  const server = createServer((request, response) => {
    serve(parts, request, response).catch((error: Error) =>
      response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error: error.message })),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
