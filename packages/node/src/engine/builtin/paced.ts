/** Plays out what was made of all choices of a request. */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { EngineEvent } from '../types.ts';

/** Pieces between two turns of the event loop. */
const TURN = 64;

/** Pieces of all choices in turn, as a batching engine would deliver them. */
const interleave = (choices: readonly (readonly EngineEvent[])[]): readonly EngineEvent[] => {
  const longest = Math.max(0, ...choices.map((each) => each.length));
  const rounds = Array.from({ length: longest }, (_, i) => choices.flatMap((each) => each.slice(i, i + 1)));
  return rounds.flat();
};

/** Lets other work run between pieces, and keeps the pace. */
const pace = async (units: number, perSecond: number, signal: AbortSignal): Promise<void> => {
  if (perSecond > 0) await wait((units * 1000) / perSecond, undefined, { signal }).catch(() => undefined);
  else await nextTurn();
};

/** Events of all choices and their usage; `perSecond`: units, 0 for as fast as possible. */
export async function* paced(
  choices: readonly (readonly EngineEvent[])[],
  promptUnits: () => bigint,
  signal: AbortSignal,
  perSecond: number,
): AsyncGenerator<EngineEvent> {
  let completion = 0;
  let sincePause = 0;
  for (const event of interleave(choices)) {
    if (signal.aborted) return;
    const units = event.type === 'delta' ? (event.units ?? 0) : 0;
    completion += units;
    sincePause += units;
    if (perSecond > 0 || sincePause >= TURN) {
      await pace(units, perSecond, signal);
      sincePause = 0;
      if (signal.aborted) return;
    }
    yield event;
  }
  yield { type: 'usage', prompt: promptUnits(), completion: BigInt(completion) };
}
