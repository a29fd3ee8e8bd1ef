/** Worker that compiles a package with its test code as ordinary bytecode. It owns its WASM instance. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const entry = import.meta.resolve('@zktx.io/sui-move-builder/full');
const wasm = await import(new URL('sui_move_wasm.js', entry).href);
wasm.initSync({ module: readFileSync(new URL('sui_move_wasm_bg.wasm', entry)) });
const { files, dependencies, intent, modes } = workerData;
const options = {
  compileIntent: intent ?? 'publish',
  silenceWarnings: true,
  ansiColor: false,
  modes: modes ?? ['test'],
};
const result = wasm.compile(JSON.stringify(files), JSON.stringify(dependencies), JSON.stringify(options));
parentPort?.postMessage({ ok: result.success, output: result.output });
