/** Arithmetic in a question, exact: fractions of big integers, written as decimals where they end. */
import { integerRoot } from './integers.ts';

/** A fraction; the denominator is positive. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** Numbers of more digits than this are not computed: a short question must not become long work. */
const MOST_DIGITS = 400;
const MOST_DECIMALS = 12;

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
};

const fraction = (top: bigint, bottom: bigint): Fraction | undefined => {
  if (bottom === 0n) return undefined;
  const common = gcd(top, bottom < 0n ? -bottom : bottom);
  const sign = bottom < 0n ? -1n : 1n;
  return common === 0n ? { top: 0n, bottom: 1n } : { top: (sign * top) / common, bottom: (sign * bottom) / common };
};

const digitsOf = (value: bigint): number => value.toString().length;

const power = (base: Fraction, exponent: Fraction): Fraction | undefined => {
  const { top, bottom } = exponent;
  if (bottom !== 1n || top > 1_000n || top < -1_000n) return undefined;
  const size = top < 0n ? -top : top;
  if (BigInt(Math.max(digitsOf(base.top), digitsOf(base.bottom))) * size > BigInt(MOST_DIGITS)) return undefined;
  const [up, down] = [base.top ** size, base.bottom ** size];
  return top < 0n ? fraction(down, up) : fraction(up, down);
};

type Operator = (a: Fraction, b: Fraction) => Fraction | undefined;

const operators: Readonly<Record<string, { readonly rank: number; readonly apply: Operator }>> = {
  '+': { rank: 1, apply: (a, b) => fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom) },
  '-': { rank: 1, apply: (a, b) => fraction(a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom) },
  '*': { rank: 2, apply: (a, b) => fraction(a.top * b.top, a.bottom * b.bottom) },
  '/': { rank: 2, apply: (a, b) => fraction(a.top * b.bottom, a.bottom * b.top) },
  mod: {
    rank: 2,
    apply: (a, b) => {
      if (a.bottom !== 1n || b.bottom !== 1n || b.top === 0n) return undefined;
      return fraction(((a.top % b.top) + b.top) % b.top, 1n);
    },
  },
  '^': { rank: 3, apply: power },
};

const parseNumber = (text: string): Fraction | undefined => {
  const [whole = '', decimals = ''] = text.replaceAll(',', '').split('.');
  if (whole.length + decimals.length > MOST_DIGITS) return undefined;
  return fraction(BigInt(`${whole}${decimals}` || '0'), 10n ** BigInt(decimals.length));
};

/** Words for operators, longest first. */
const spoken: readonly (readonly [RegExp, string])[] = [
  [/\bto the power of\b|\*\*/g, '^'],
  [/\bmultiplied by\b|\btimes\b|[×·⋅]|(?<=\d)\s*x\s*(?=\d)/g, '*'],
  [/\bdivided by\b|\bover\b|÷/g, '/'],
  [/\bplus\b/g, '+'],
  [/\bminus\b|[−–]/g, '-'],
  [/\bmodulo\b/g, 'mod'],
  [/(?:%|\bpercent)\s+of\b/g, '/ 100 *'],
  [/\bsquared\b/g, '^ 2'],
  [/\bcubed\b/g, '^ 3'],
  [/\bhalf of\b/g, '1 / 2 *'],
  [/\b(?:twice|double)\b/g, '2 *'],
  [/\b(?:sum of|add)\s+(-?[\d.,]*\d)\s+(?:and|to)\s+/g, '$1 + '],
  [/\bproduct of\s+(-?[\d.,]*\d)\s+and\s+/g, '$1 * '],
  [/\bdifference (?:of|between)\s+(-?[\d.,]*\d)\s+and\s+/g, '$1 - '],
];

const WORD_NUMBERS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

const TOKEN = /(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+|mod|[-+*/^()]/g;
/** An expression: numbers joined by operators, at least one of them. */
const EXPRESSION =
  /(?:[-(]\s*)*(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*\))*(?:\s*(?:mod|[-+*/^])\s*(?:[-(]\s*)*(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*\))*)+/;

/** Reads an expression by precedence; powers bind to the right. */
const evaluate = (tokens: readonly string[]): Fraction | undefined => {
  let at = 0;
  const atom = (depth: number): Fraction | undefined => {
    const token = tokens[at++];
    if (token === undefined || depth > 64) return undefined;
    if (token === '-') {
      const value = level(2, depth + 1);
      return value && { top: -value.top, bottom: value.bottom };
    }
    if (token !== '(') return /\d/.test(token) ? parseNumber(token) : undefined;
    const value = level(1, depth + 1);
    return tokens[at++] === ')' ? value : undefined;
  };
  const level = (lowest: number, depth: number): Fraction | undefined => {
    let left = atom(depth);
    for (;;) {
      const operator = operators[tokens[at] ?? ''];
      if (left === undefined || operator === undefined || operator.rank < lowest) return left;
      at++;
      const right = level(operator.rank === 3 ? 3 : operator.rank + 1, depth + 1);
      left = right && operator.apply(left, right);
      if (left && Math.max(digitsOf(left.top), digitsOf(left.bottom)) > 2 * MOST_DIGITS) return undefined;
    }
  };
  const value = level(1, 0);
  return at === tokens.length ? value : undefined;
};

const written = ({ top, bottom }: Fraction): string => {
  if (bottom === 1n) return String(top);
  const [sign, size] = top < 0n ? ['-', -top] : ['', top];
  const scaled = size * 10n ** BigInt(MOST_DECIMALS);
  if (scaled % bottom !== 0n) return `${top}/${bottom}, about ${decimal(sign, (scaled + bottom / 2n) / bottom)}`;
  return decimal(sign, scaled / bottom);
};

const decimal = (sign: string, scaled: bigint): string => {
  const digits = scaled.toString().padStart(MOST_DECIMALS + 1, '0');
  const rest = digits.slice(-MOST_DECIMALS).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -MOST_DECIMALS)}${rest === '' ? '' : `.${rest}`}`;
};

/** A sum found in a question. */
export interface Sum {
  /** As it was understood, e.g. `7 - 1`. */
  readonly expression: string;
  /** Its value, e.g. `6`, `0.5`, `1/3, about 0.333333333333`. */
  readonly value: string;
}

const shown = (tokens: readonly string[]): string =>
  tokens
    .map((token, i) => {
      const unary = token === '-' && (i === 0 || /^(?:mod|[-+*/^(])$/.test(tokens[i - 1] as string));
      return unary || token === '(' || tokens[i + 1] === ')' || i === tokens.length - 1 ? token : `${token} `;
    })
    .join('');

/** The first sum a question asks for, computed; undefined when there is none, or its value has no exact form. */
export const computed = (question: string): Sum | undefined => {
  let text = question.replace(/\b[a-z]+\b/g, (word) => {
    const at = WORD_NUMBERS.indexOf(word);
    return at < 0 ? word : String(at);
  });
  for (const [pattern, operator] of spoken) text = text.replace(pattern, ` ${operator} `);
  const root = /\b(?:square root of|sqrt)\s*\(?\s*(\d{1,40})\b/.exec(text);
  if (root) return squareRoot(BigInt(root[1] as string));
  const found = EXPRESSION.exec(text)?.[0];
  if (found === undefined || found.length > MOST_DIGITS) return undefined;
  const tokens = balanced(found.match(TOKEN) ?? []);
  const value = evaluate(tokens);
  return value && { expression: shown(tokens), value: written(value) };
};

/** Brackets around a sentence are not the sum's: outer ones without a partner are dropped. */
const balanced = (tokens: readonly string[]): readonly string[] => {
  const count = (sign: string): number => tokens.filter((token) => token === sign).length;
  const open = count('(');
  const closed = count(')');
  if (open > closed && tokens[0] === '(') return balanced(tokens.slice(1));
  return closed > open && tokens.at(-1) === ')' ? balanced(tokens.slice(0, -1)) : tokens;
};

const squareRoot = (value: bigint): Sum | undefined => {
  const root = integerRoot(value);
  return root * root === value ? { expression: `the square root of ${value}`, value: String(root) } : undefined;
};
