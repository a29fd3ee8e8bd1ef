export {
  type AbiEnum,
  type AbiField,
  type AbiFunction,
  type AbiModule,
  type AbiStruct,
  type AbiTypeParameter,
  readInterface,
} from './abi.ts';
export {
  type CompiledPackage,
  compilePackage,
  compileSources,
  DEFAULT_TIMEOUT_MS,
  type SourcesParameters,
} from './compile.ts';
export { type GeneratedFiles, generateFramework, generatePackages } from './generate.ts';
export {
  ATOMA_PLACEHOLDER,
  findPackage,
  type MoveSources,
  type PackageDescription,
  packageExists,
  packages,
  repositoryRoot,
  TOMA_PLACEHOLDER,
} from './packages.ts';
export {
  type MoveTest,
  type MoveTestReport,
  type TestPackageOptions,
  testPackage,
  testSources,
} from './test-runner.ts';
