export { groupPackages, packageOf, unbase64 } from './machine.ts';
export { plainSource, type TestFunction, testFunctions } from './plain-tests.ts';
export { createTestRunner, isExpected } from './run.ts';
