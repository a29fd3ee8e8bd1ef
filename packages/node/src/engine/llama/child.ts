/** A model file as a program; its one argument is its options as JSON. */
import { serveEngine } from '../process/serve.ts';
import { openLlamaEngine } from './engine.ts';
import { llamaOptions } from './options.ts';

await serveEngine(() => openLlamaEngine(llamaOptions.parse(JSON.parse(process.argv[2] ?? '{}'))));
