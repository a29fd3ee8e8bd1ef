import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes although they are short: begun last, they would run alone at the end. */
const longest = [
  'tools/move/src/move-tests.slow.test.ts',
  'test/docs.slow.test.ts',
  'packages/node/src/acceptance.slow.test.ts',
];

/** The order of files: the longest first, the others as Vitest has them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification): boolean => longest.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}
