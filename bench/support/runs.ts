/** A bench several times over, each time in a program of its own, and the medians of its figures. */
import { spawnSync } from 'node:child_process';
import { type Absent, median, type Row, report } from '../report.ts';

/** The number behind an option of the command line, `fallback` without it. */
export const numberOf = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};

interface Figures {
  readonly rows: readonly (Row | Absent)[];
}

/** The options of one run. */
const once = (args: readonly string[]): readonly string[] => {
  const at = args.indexOf('--runs');
  return [...args.slice(0, at), ...args.slice(at + 2), ...(args.includes('--json') ? [] : ['--json'])];
};

/** The rows of several runs as one: each with the median of its figures. What did not start in one of them has none. */
export const medians = (runs: readonly Figures[]): readonly (Row | Absent)[] =>
  (runs[0]?.rows ?? []).map((row) => {
    const same = runs.map(({ rows }) => rows.find(({ name }) => name === row.name));
    const absent = same.find((each) => each === undefined || 'why' in each);
    if (absent || 'why' in row) return absent ?? row;
    return { ...row, value: median(same.map((each) => (each as Row).value)) };
  });

/** With `--runs n`: runs the script n times, one after the other, prints the medians, and says that this was done. */
export const inRuns = (title: string): boolean => {
  const count = numberOf('--runs', 1);
  if (count <= 1) return false;
  const [script = '', ...args] = process.argv.slice(1);
  const runs = Array.from({ length: count }, (_, run): Figures => {
    console.error(`run ${run + 1} of ${count}`);
    const options = ['--no-warnings', script, ...once(args)];
    const { stdout, status } = spawnSync(process.execPath, options, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw Error(`run ${run + 1} ended with ${status}`);
    return JSON.parse(stdout) as Figures;
  });
  report(`${title}, medians of ${count} runs`, medians(runs));
  return true;
};
