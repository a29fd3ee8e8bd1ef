export { type CompiledPackage, combinedJob, compiledFrom, compilePackageAt, moveVmJob } from './compile.ts';
export { bundledFramework, type Framework, readFramework } from './framework.ts';
export { longAddress, manifestText } from './manifest.ts';
export { moveError } from './move-compiler-errors.ts';
export { type LoadOptions, loadPackage, type RootPackage } from './package.ts';
export { type LoadedPackage, type MoveSources, readSources } from './read-package.ts';
export { DEFAULT_TIMEOUT_MS, type JobAnswer, type JobDependency, type JobRequest, runJob } from './run-job.ts';
