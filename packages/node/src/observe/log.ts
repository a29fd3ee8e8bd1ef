/** Structured logs. Bodies, prompts, keys and signatures never enter a log line. */
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

/** Members that are cut out wherever they appear. */
const secret = [
  'body',
  'envelope',
  'signature',
  'authorization',
  'apiKey',
  'secret',
  '*.body',
  '*.apiKey',
  '*.secret',
  '*.authorization',
];

/** Makes a logger that writes one JSON object a line; `level` is pino's. */
export const createLog = (level: string, destination?: DestinationStream): Logger => {
  const options = {
    level,
    base: null,
    redact: { paths: secret, remove: true },
    serializers: { err: stdSerializers.err },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  return destination ? pino(options, destination) : pino(options);
};
