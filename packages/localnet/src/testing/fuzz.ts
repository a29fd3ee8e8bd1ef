/** How many times as long than usual to look for faults: the environment variable FUZZ, 1 without it. */
const factor = Number(process.env.FUZZ ?? 1);

/** Runs of a property that usually runs `usual` times; a longer search starts somewhere else every time. */
export const fuzzRuns = (usual: number, seed?: number): { readonly numRuns: number; readonly seed?: number } => ({
  numRuns: usual * factor,
  ...(seed === undefined || factor > 1 ? {} : { seed }),
});
