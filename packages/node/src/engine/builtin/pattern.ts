/** A short text that a regular expression matches, made without running it: a client's expression must not cost time. */

/** Longest text that is made. */
const MOST_LETTERS = 4_096;

/** Writes a part of a text; `more` is how often an open repetition is repeated beyond its least. */
type Writer = (more: number) => string;

/** The expression has a construct this module does not write. */
const UNKNOWN = Symbol('unknown');
type Parsed = Writer | typeof UNKNOWN;

const classes: Readonly<Record<string, string>> = {
  d: '0',
  w: 'a',
  s: ' ',
  D: 'a',
  W: '-',
  S: 'a',
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  v: '\v',
};

const escaped = (letter: string): string | typeof UNKNOWN => {
  if (Object.hasOwn(classes, letter)) return classes[letter] as string;
  return /[A-Za-z0-9]/.test(letter) ? UNKNOWN : letter;
};

/** Letters tried for a class that names what is not allowed. */
const CANDIDATES = 'a0A _-.!~';

const repeat =
  (writer: Writer, least: number, most: number): Writer =>
  (more) => {
    const text = writer(more);
    const enough = Math.floor(MOST_LETTERS / Math.max(1, text.length)) + 1;
    return text.repeat(Math.min(least + more, most, enough));
  };

/** Reads an expression and returns what writes it. */
class Reader {
  at = 0;
  readonly #source: string;
  constructor(source: string) {
    this.#source = source;
  }

  get done(): boolean {
    return this.at >= this.#source.length;
  }

  /** Alternatives: the first is written. */
  choice(depth: number): Parsed {
    const first = this.sequence(depth);
    while (this.#source[this.at] === '|') {
      this.at++;
      if (this.sequence(depth) === UNKNOWN) return UNKNOWN;
    }
    return first;
  }

  sequence(depth: number): Parsed {
    const parts: Writer[] = [];
    while (!this.done && this.#source[this.at] !== '|' && this.#source[this.at] !== ')') {
      const atom = this.#atom(depth);
      if (atom === UNKNOWN) return UNKNOWN;
      parts.push(atom);
    }
    return (more) => {
      let text = '';
      for (const part of parts) if (text.length <= MOST_LETTERS) text += part(more);
      return text;
    };
  }

  #atom(depth: number): Parsed {
    const letter = this.#source[this.at++] as string;
    // Anchors write nothing; in the middle of a text they could not hold.
    if (letter === '^') return this.at === 1 ? () => '' : UNKNOWN;
    if (letter === '$') return this.done ? () => '' : UNKNOWN;
    const atom = this.#single(letter, depth);
    return atom === UNKNOWN ? UNKNOWN : this.#quantified(atom);
  }

  #single(letter: string, depth: number): Parsed {
    if (letter === '(') return this.#group(depth + 1);
    if (letter === '[') return this.#class();
    if (letter === '.') return () => 'a';
    if (letter === '*' || letter === '+' || letter === '?' || letter === '{') return UNKNOWN;
    if (letter !== '\\') return () => letter;
    const text = escaped(this.#source[this.at++] ?? 'z');
    return text === UNKNOWN ? UNKNOWN : () => text;
  }

  #group(depth: number): Parsed {
    if (depth > 32) return UNKNOWN;
    if (this.#source[this.at] === '?') {
      const named = /^\?(?::|<[A-Za-z]\w*>)/.exec(this.#source.slice(this.at, this.at + 64));
      if (!named) return UNKNOWN;
      this.at += named[0].length;
    }
    const inside = this.choice(depth);
    return this.#source[this.at++] === ')' ? inside : UNKNOWN;
  }

  #class(): Parsed {
    const negated = this.#source[this.at] === '^';
    if (negated) this.at++;
    const end = /^(?:\\[\s\S]|[^\]\\])*\]/.exec(this.#source.slice(this.at))?.[0];
    if (end === undefined || end === ']') return UNKNOWN;
    this.at += end.length;
    const inside = end.slice(0, -1);
    if (!negated) {
      const first = inside[0] === '\\' ? escaped(inside[1] as string) : (inside[0] as string);
      return first === UNKNOWN ? UNKNOWN : () => first;
    }
    // Of the letters that are not named: only plain lists are sure, ranges and classes count as naming all letters or digits.
    const named = inside
      .replace(/\\w|a-z/g, 'a')
      .replace(/\\d|0-9/g, '0')
      .replace(/A-Z/g, 'A')
      .replace(/\\s/g, ' ');
    if (/[^\\]-./.test(named)) return UNKNOWN;
    const free = [...CANDIDATES].find((each) => !named.includes(each));
    return free === undefined ? UNKNOWN : () => free;
  }

  #quantified(atom: Writer): Parsed {
    const match = /^(?:[*+?]|\{(\d{1,6})(?:(,)(\d{0,6}))?\})\??/.exec(this.#source.slice(this.at, this.at + 20));
    if (!match) return atom;
    this.at += match[0].length;
    const [all, from, comma, to] = match;
    if (all[0] === '*') return repeat(atom, 0, Number.POSITIVE_INFINITY);
    if (all[0] === '+') return repeat(atom, 1, Number.POSITIVE_INFINITY);
    if (all[0] === '?') return repeat(atom, 0, 1);
    const least = Number(from);
    return repeat(atom, least, comma === undefined ? least : to ? Number(to) : Number.POSITIVE_INFINITY);
  }
}

/** A text of `least` to `most` letters that `pattern` matches; undefined where this module cannot tell. */
export const textFor = (pattern: string, least: number, most: number): string | undefined => {
  const reader = new Reader(pattern);
  const writer = reader.choice(0);
  if (writer === UNKNOWN || !reader.done) return undefined;
  for (let more = 0; more <= 64; more++) {
    const text = writer(more);
    if (text.length > Math.min(most, MOST_LETTERS)) return undefined;
    if (text.length >= least) return text;
  }
  return undefined;
};
