/** A checker for Stryker that lets the drawn changes through: Stryker itself can only be told of lines, which hold several. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A change as Stryker describes it, before it is tried. */
export interface Change {
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Place; readonly end: Place };
}
interface Place {
  readonly line: number;
  readonly column: number;
}

/** File in the tree under test that holds the names of the drawn changes, as a JSON list. */
export const DRAWN = 'drawn.json';

/** Name of a change, the same in every process and at every run over the same sources. */
export const nameOf = ({ fileName, mutatorName, replacement, location: { start, end } }: Change): string =>
  [
    relative(process.cwd(), fileName),
    `${start.line}:${start.column}-${end.line}:${end.column}`,
    mutatorName,
    replacement,
  ].join(' ');

class OnlyDrawn {
  private drawn: ReadonlySet<string> = new Set();
  async init(): Promise<void> {
    this.drawn = new Set(JSON.parse(readFileSync(DRAWN, 'utf8')) as readonly string[]);
  }
  async check(changes: readonly (Change & { readonly id: string })[]): Promise<Readonly<Record<string, unknown>>> {
    const verdict = (change: Change): unknown =>
      this.drawn.has(nameOf(change)) ? { status: 'passed' } : { status: 'compileError', reason: 'not drawn' };
    return Object.fromEntries(changes.map((change) => [change.id, verdict(change)]));
  }
  async group(changes: readonly { readonly id: string }[]): Promise<readonly (readonly string[])[]> {
    return [changes.map(({ id }) => id)];
  }
}

/** What Stryker looks for in a plugin. */
export const strykerPlugins = [{ kind: 'Checker', name: 'only-drawn', injectableClass: OnlyDrawn }];
