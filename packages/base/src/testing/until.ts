/** How tests wait: for a state that they can see, never for a time. */
import { ok } from 'node:assert';
import { setTimeout } from 'node:timers/promises';

/** Time between two looks, ms. */
const LOOK_MS = 20;

/** Looks until something is so. Throws an assertion with `what` when it is not so within `patienceMs`. */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  patienceMs = 60_000,
): Promise<void> => {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    ok(performance.now() < deadline, `waited ${patienceMs} ms in vain: ${what}`);
    await setTimeout(LOOK_MS);
  }
};
