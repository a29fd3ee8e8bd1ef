export { type CompiledPackage, combinedJob, compiledFrom, compilePackageAt, moveVmJob } from './compile.ts';
export { bundledFramework, type Framework, readFramework } from './framework.ts';
export { longAddress, manifestText } from './manifest.ts';
export { moveError } from './move-compiler-errors.ts';
export {
  type LoadedPackage,
  type LoadOptions,
  loadPackage,
  type MoveSources,
  type RootPackage,
  readSources,
} from './package.ts';
export { DEFAULT_TIMEOUT_MS, type JobAnswer, type JobDependency, type JobRequest, runJob } from './run-job.ts';
