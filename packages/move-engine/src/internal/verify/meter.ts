import { engineError } from '../../move-engine-errors.ts';
import { verifierLimits } from '../../params.ts';

/**
 * Work of the verifier, in the ticks of `move-bytecode-verifier-meter`: of the function under verification, of its module and
 * of its package. Every pass of a function counts; look-ups of abilities, which Sui counts too, do not.
 */
export interface Meter {
  module: string;
  ofFunction: number;
  ofModule: number;
  ofPackage: number;
}

/** A meter for one package. */
export const newMeter = (): Meter => ({ module: '', ofFunction: 0, ofModule: 0, ofPackage: 0 });

const within = (meter: Meter, ticks: number): number => {
  if (ticks >= verifierLimits.ticks)
    throw engineError('TOO_COMPLEX', { module: meter.module, limit: verifierLimits.ticks });
  return ticks;
};

/** Counts work on the function; throws ENGINE_TOO_COMPLEX beyond the limit. */
export const tick = (meter: Meter, ticks: number): void => {
  meter.ofFunction = within(meter, meter.ofFunction + ticks);
};

/** Work on `size` things that grows with its square once there are many. */
export const growing = (size: number, threshold: number): number => {
  const least = Math.max(size, 1);
  return Math.max(least, Math.floor((least * least) / threshold));
};

/** Begins a module. */
export const beginModule = (meter: Meter, name: string): void => {
  meter.module = name;
  meter.ofModule = 0;
};

/** Begins a function. */
export const beginFunction = (meter: Meter): void => {
  meter.ofFunction = 0;
};

/** Adds the function to its module. */
export const endFunction = (meter: Meter): void => {
  meter.ofModule = within(meter, meter.ofModule + meter.ofFunction);
};

/** Adds the module to its package. */
export const endModule = (meter: Meter): void => {
  meter.ofPackage = within(meter, meter.ofPackage + meter.ofModule);
};
