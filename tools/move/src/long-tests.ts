/** Files of the market's Move tests whose tests take longest in the Move virtual machine: whole lives of stacks, disputes and attacks, random ones among them. */
export const longTests: readonly string[] = [
  'attacks_tests',
  'conservation_tests',
  'epochs_tests',
  'juries_tests',
  'outcomes_tests',
  'regressions_tests',
];
