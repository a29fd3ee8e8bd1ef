/**
 * How a jury of two camps decides, when everybody votes and each camp agrees on one history: by majority of its seats. Where the majority is
 * of a single vote a second jury is drawn from the rest, and the seats of both decide together; where they are equal, the first one.
 */
import { hypergeometricExactly } from './hypergeometric.ts';

/** Seats taken when `candidates` can be drawn: J, or the next odd number below, or none under three. */
export const seatsOf = (jurors: number, candidates: number): number => {
  const found = Math.min(jurors, candidates);
  if (found < 3) return 0;
  return found % 2 === 1 ? found : found - 1;
};

/** The seats of both juries, and the chances that a camp has so many: `again` in the second, after `first` in the first. */
export interface Juries {
  readonly seats: number;
  /** Seats of a second jury; 0: too few are left for one. */
  readonly more: number;
  readonly first: (members: number) => number;
  readonly again: (first: number, members: number) => number;
}

/** The chance that a camp decides. */
export const decides = ({ seats, more, first, again }: Juries): number => {
  const majority = (seats + 1) / 2;
  let won = 0;
  for (let camp = 0; camp <= seats; camp++) {
    const isContested = more > 0 && (camp === majority || camp === majority - 1);
    if (!isContested && camp >= majority) won += first(camp);
    // An equal number on both sides leaves it to the first jury.
    const needed = (seats + more + (camp >= majority ? 0 : 1)) / 2;
    for (let joined = 0; isContested && joined <= more; joined++)
      if (camp + joined >= needed) won += first(camp) * again(camp, joined);
  }
  return won;
};

/** The chance that a camp decides where juries of `jurors` seats are drawn from `candidates`, `camp` of them its own; 0 without seats. */
export const drawnDecides = (jurors: number, candidates: number, camp: number): number => {
  const seats = seatsOf(jurors, candidates);
  if (seats === 0) return 0;
  const rest = candidates - seats;
  const more = seatsOf(jurors, rest);
  return decides({
    seats,
    more,
    first: (members) => hypergeometricExactly(candidates, camp, seats, members),
    again: (first, members) => hypergeometricExactly(rest, camp - first, more, members),
  });
};
