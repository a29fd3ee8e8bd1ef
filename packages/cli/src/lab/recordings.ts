/** Scenarios of the lab for a browser: each is played once, when somebody first asks for it, by a process of its own. */
import { execFile } from 'node:child_process';
import { type StaticFile, staticFile } from '@atoma/base';
import { array, record } from '@atoma/sdk';
import { builtinScenarios } from './catalogue.ts';

const json = (value: object): StaticFile => staticFile('application/json', Buffer.from(JSON.stringify(value)));

/** Most that a recording may have, bytes. */
const MOST_BYTES = 16 * 1024 * 1024;

/** The report in what `lab run NAME --json` printed, undefined where there is none. */
const reportIn = (out: string): unknown => {
  try {
    return array(record(JSON.parse(out)).reports)[0];
  } catch {
    return undefined;
  }
};

/** Plays a scenario with the built program; calls back with the document of its recording. */
const play = (program: string, name: string, done: (recording: object) => void): void => {
  const words = [program, 'lab', 'run', name, '--json'];
  execFile(process.execPath, words, { maxBuffer: MOST_BYTES }, (error, out, said) => {
    const report = reportIn(out);
    done(
      report === undefined
        ? { kind: 'failed', why: said.trim() || error?.message || 'it printed no report' }
        : { kind: 'played', report },
    );
  });
};

/** Recordings by address. */
export interface Recordings {
  /**
   * `/lab.json`: the built-in scenarios, `{"scenarios": [{"name", "what"}]}`. `/lab/NAME.json`: `{"kind": "playing"}` while one is played, then
   * `{"kind": "played", "report"}` with what `atoma lab run NAME --json` reports, or `{"kind": "failed", "why"}`. Undefined for other addresses.
   */
  readonly find: (path: string) => StaticFile | undefined;
}

/** Makes them; `program` is the built command. One scenario is played at a time, and none twice. */
export const openRecordings = (program: string): Recordings => {
  const list = json({ scenarios: builtinScenarios.map(({ name, what }) => ({ name, what })) });
  const playing = json({ kind: 'playing' });
  const recordings = new Map<string, StaticFile>();
  const waiting: string[] = [];
  const next = (): void => {
    const [name] = waiting;
    if (name === undefined) return;
    play(program, name, (recording) => {
      recordings.set(name, json(recording));
      waiting.shift();
      next();
    });
  };
  const recordingOf = (name: string): StaticFile => {
    const known = recordings.get(name);
    if (known) return known;
    recordings.set(name, playing);
    if (waiting.push(name) === 1) next();
    return playing;
  };
  return {
    find: (path) => {
      if (path === '/lab.json') return list;
      const name = /^\/lab\/([a-z-]+)\.json$/.exec(path)?.[1];
      return name !== undefined && builtinScenarios.some((one) => one.name === name) ? recordingOf(name) : undefined;
    },
  };
};
