/** Worker thread of one compiler or test job. It owns its WASM instance, since a Rust panic leaves an instance unusable. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { CompilerCode, JobAnswer, JobOrder, JobReply, JobRequest } from './run-job.ts';

declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => CompilerCode };

interface Toolchain {
  initSync(module: { readonly module: CompilerCode }): unknown;
  compile(files: string, dependencies: string, options: string): WasmCompileResult;
  test_with_options(files: string, dependencies: string, options: string): WasmTestResult;
}
interface WasmCompileResult {
  readonly success: boolean;
  readonly output: string;
  free(): void;
}
interface WasmTestResult {
  readonly passed: boolean;
  readonly output: string;
  free(): void;
}

/** Glue and code lie beside the package's entry; they are not exported, so they are addressed as files. */
const entry = import.meta.resolve('@zktx.io/sui-move-builder/full');
const wasm: Toolchain = await import(new URL('sui_move_wasm.js', entry).href);

const run = (job: JobRequest): JobAnswer => {
  const [files, dependencies] = [JSON.stringify(job.files), JSON.stringify(job.dependencies)];
  if (job.operation === 'compile') {
    const options = { compileIntent: 'publish', silenceWarnings: true, ansiColor: false, modes: [] };
    const result = wasm.compile(files, dependencies, JSON.stringify(options));
    return { ok: result.success, output: result.output };
  }
  const result = wasm.test_with_options(files, dependencies, JSON.stringify({ ansiColor: false, modes: [] }));
  return { ok: result.passed, output: result.output };
};

const { job, code = new WebAssembly.Module(readFileSync(new URL('sui_move_wasm_bg.wasm', entry))) } =
  workerData as JobOrder;
wasm.initSync({ module: code });
const reply: JobReply = { answer: run(job), code };
parentPort?.postMessage(reply);
