interface History {
  readonly leaves: readonly { readonly units: bigint }[];
}

export const scenario = {
  name: 'half-the-work',
  fault: 'other-model',
  tamper: (truth: History) => ({ history: { leaves: truth.leaves.slice(0, 2) }, claimed: 900_000n }),
};
