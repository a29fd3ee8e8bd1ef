export { plainSource, type TestFunction, testFunctions } from './plain-tests.ts';
export { createTestRunner, isExpected } from './run.ts';
export { groupPackages, packageOf, unbase64 } from './test-machine.ts';
