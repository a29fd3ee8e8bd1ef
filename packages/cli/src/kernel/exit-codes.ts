/** Exit codes of the program; scripts may rely on them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  permission: 4,
  network: 5,
  aborted: 6,
  insufficientFunds: 7,
  notConfirmed: 8,
  interrupted: 130,
} as const;

/** One of the documented exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
