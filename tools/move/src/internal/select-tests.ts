import type { MoveSources } from '../packages.ts';

const TEST_FUNCTION = /((?:#\[[^\]]*\]\s*)+)((?:public(?:\([^)]*\))?\s+)?(?:entry\s+)?fun\s+(\w+))/g;
const ATTRIBUTE = /#\[([^\]]*)\]/g;

/**
 * The toolchain has no test filter, so unwanted tests are turned into `#[test_only]` functions. A test is wanted when
 * `file path::function` contains `filter`. Line numbers stay, because they are part of clever abort codes.
 */
export const selectTests = (sources: MoveSources, filter: string): MoveSources =>
  Object.fromEntries(
    Object.entries(sources).map(([path, text]) => [
      path,
      text.replace(TEST_FUNCTION, (whole, attributes: string, declaration: string, name: string) =>
        !isTest(attributes) || `${path}::${name}`.includes(filter) ? whole : demote(attributes) + declaration,
      ),
    ]),
  );

const itemsOf = (attribute: string): readonly string[] => attribute.split(',').map((item) => item.trim());

const isTest = (attributes: string): boolean =>
  [...attributes.matchAll(ATTRIBUTE)].some((match) => itemsOf(match[1] as string).includes('test'));

const demote = (attributes: string): string =>
  attributes.replace(ATTRIBUTE, (whole, body: string) => {
    const newlines = '\n'.repeat(whole.split('\n').length - 1);
    if (itemsOf(body).includes('test')) return `#[test_only]${newlines}`;
    return body.trim().startsWith('expected_failure') ? newlines : whole;
  });
