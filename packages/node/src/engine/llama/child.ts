/** Model files as a program; its one argument is the list of their options as JSON. */
import * as z from 'zod';
import { serveEngine } from '../process/serve.ts';
import { openLlamaEngines } from './engine.ts';
import { llamaOptions } from './options.ts';
import { skipTrial } from './trial.ts';

skipTrial();
await serveEngine(() => openLlamaEngines(z.array(llamaOptions).parse(JSON.parse(process.argv[2] ?? '[]'))));
