/** The letters engine as a program. */
import { serveEngine } from '../engine/process/serve.ts';
import { createLettersEngine } from './letters-engine.ts';

await serveEngine(async () => createLettersEngine());
