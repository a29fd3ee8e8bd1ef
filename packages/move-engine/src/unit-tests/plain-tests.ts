/** Turns Move test code into ordinary code: attributes that only the test VM understands are removed and read. */

/** A `#[test]` function found in sources. */
export interface TestFunction {
  readonly module: string;
  readonly name: string;
  /** Text of `expected_failure(...)`, empty for a bare one; undefined when the test must succeed. */
  readonly expectedFailure: string | undefined;
}

const attribute = /#\[((?:[^[\]"]|"[^"]*"|\[[^\]]*\])*)\]/g;

/** Top-level entries of an attribute list. */
const entriesOf = (text: string): string[] => {
  const entries: string[] = [];
  let depth = 0;
  let from = 0;
  [...text].forEach((char, at) => {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      entries.push(text.slice(from, at));
      from = at + 1;
    }
  });
  entries.push(text.slice(from));
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
};

const isTestOnly = (entry: string): boolean => /^(test|test_only|random_test|expected_failure)\b/.test(entry);

/** The source without test attributes. */
const withoutTestAttributes = (source: string): string =>
  source.replace(attribute, (whole, inner: string) => {
    const entries = entriesOf(inner);
    const kept = entries.filter((entry) => !isTestOnly(entry));
    if (kept.length === entries.length) return whole;
    // Line breaks stay: abort codes of bare assertions contain the line.
    const breaks = whole.replace(/[^\n]/g, '');
    return kept.length === 0 ? breaks : `#[${kept.join(', ')}]${breaks}`;
  });

/** Comments (block comments nest) and string literals of a source, and what lies between them. */
const segments = (
  source: string,
): readonly { readonly kind: 'code' | 'comment' | 'string'; readonly text: string }[] => {
  const found: { kind: 'code' | 'comment' | 'string'; text: string }[] = [];
  const starts = /\/\/[^\n]*|\/\*|"(?:[^"\\]|\\.)*"/gs;
  let from = 0;
  for (let match = starts.exec(source); match; match = starts.exec(source)) {
    found.push({ kind: 'code', text: source.slice(from, match.index) });
    from = starts.lastIndex;
    if (match[0] === '/*') from = endOfComment(source, from);
    found.push({ kind: match[0].startsWith('"') ? 'string' : 'comment', text: source.slice(match.index, from) });
    starts.lastIndex = from;
  }
  return [...found, { kind: 'code', text: source.slice(from) }];
};

/** Where the block comment that was opened before `from` ends. */
const endOfComment = (source: string, from: number): number => {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  for (let depth = 1, mark = marks.exec(source); mark; mark = marks.exec(source)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return source.length;
};

const withoutComments = (source: string): string =>
  segments(source)
    .map(({ kind, text }) => (kind === 'comment' ? text.replace(/[^\n]/g, ' ') : text))
    .join('');

/**
 * The source with module initializers callable and one-time witnesses made by the native meant for it: test code calls
 * `init(NAME {}, ctx)`, which only the test build of the compiler allows.
 */
const withCallableInit = (source: string): string => {
  const code = withoutComments(source);
  const witnesses = [...code.matchAll(/\bmodule\s+(?:\w+::)?(\w+)\s*[;{]/g)].map((m) => (m[1] as string).toUpperCase());
  const change = (text: string): string =>
    witnesses
      .reduce(
        (changed, name) =>
          changed.replace(
            new RegExp(`\\b${name}\\s*\\{\\s*\\}`, 'g'),
            `sui::test_utils::create_one_time_witness<${name}>()`,
          ),
        text,
      )
      .replace(/(?<![.\w])init(?=\()/g, 'init_plain');
  return segments(source)
    .map(({ kind, text }) => (kind === 'code' ? change(text) : text))
    .join('');
};

/** Test code as ordinary code, line for line: what the compiler's test build allows and its other builds do not is rewritten. */
export const plainSource = (source: string): string => withCallableInit(withoutTestAttributes(source));

/** The `#[test]` functions of a source, comments ignored. */
export const testFunctions = (source: string): readonly TestFunction[] => {
  const text = withoutComments(source);
  const modules = [...text.matchAll(/\bmodule\s+(?:\w+::)?(\w+)\s*[;{]/g)];
  const tests = text.matchAll(/((?:#\[(?:[^[\]"]|"[^"]*"|\[[^\]]*\])*\]\s*)+)(?:public\s+|entry\s+)*fun\s+(\w+)/g);
  return [...tests].flatMap((match) => {
    const entries = [...(match[1] as string).matchAll(attribute)].flatMap((one) => entriesOf(one[1] as string));
    if (!entries.includes('test')) return [];
    const expected = entries.find((entry) => entry.startsWith('expected_failure'));
    const module = modules.findLast((one) => one.index < match.index)?.[1] as string;
    const expectedFailure = expected?.replace(/^expected_failure\s*\(?/, '').replace(/\)$/, '');
    return [{ module, name: match[2] as string, expectedFailure }];
  });
};
