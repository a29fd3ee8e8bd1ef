/** The figures of one file of source code. */
import { parseAst } from 'rolldown/parseAst';

/** A function. */
export interface Place {
  readonly where: string;
  readonly lines: number;
}

/** What a file holds. */
export interface Measured {
  readonly lines: number;
  readonly functions: readonly Place[];
  /** `x as T`, apart from `as const`. */
  readonly casts: number;
  /** Where what JSON gave is called something else than unknown. */
  readonly jsonCasts: readonly string[];
}

const functionTypes = new Set(['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration']);

/** A node of the syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly typeAnnotation?: { readonly type: string; readonly typeName?: { readonly name?: string } };
  readonly expression?: Node;
  readonly argument?: Node;
  readonly callee?: Node;
  readonly object?: { readonly name?: string };
  readonly property?: { readonly name?: string };
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

const visit = (value: unknown, see: (node: Node) => void): void => {
  if (Array.isArray(value)) for (const each of value) visit(each, see);
  else if (isNode(value)) {
    see(value);
    for (const each of Object.values(value)) if (typeof each === 'object') visit(each, see);
  }
};

/** `JSON.parse(…)` or `….json()`, also awaited. */
const isJson = (node: Node | undefined): boolean => {
  if (node?.type === 'AwaitExpression') return isJson(node.argument);
  if (node?.type === 'ParenthesizedExpression') return isJson(node.expression);
  const { object, property } = node?.callee ?? {};
  return property?.name === 'json' || (property?.name === 'parse' && object?.name === 'JSON');
};

/** Measures a file's text. */
export const measure = (file: string, text: string): Measured => {
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index);
  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
  const functions: Place[] = [];
  const jsonCasts: string[] = [];
  let casts = 0;
  visit(parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }), (node) => {
    if (functionTypes.has(node.type)) {
      const from = lineOf(node.start);
      functions.push({ where: `${file}:${from}`, lines: lineOf(node.end) - from + 1 });
    }
    if (node.type === 'TSAsExpression' && node.typeAnnotation?.typeName?.name !== 'const') casts++;
    if (node.type === 'TSAsExpression' && node.typeAnnotation?.type !== 'TSUnknownKeyword' && isJson(node.expression))
      jsonCasts.push(`${file}:${lineOf(node.start)}`);
  });
  return { lines: text.split('\n').length - 1, functions, casts, jsonCasts };
};
