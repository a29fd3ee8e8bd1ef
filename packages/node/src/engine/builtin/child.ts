/** The built-in engine as a program. */
import { serveEngine } from '../process/serve.ts';
import { createBuiltinEngine } from './engine.ts';

await serveEngine(async () => createBuiltinEngine());
