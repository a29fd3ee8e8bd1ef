/** Folders, each with the tests that reach its code in their own process within seconds, in the order in which they are tried. */
export const areas: Readonly<Record<string, readonly string[]>> = {
  'packages/sdk/src/buyer': [
    'packages/sdk/src/buyer/**/*.test.ts',
    'packages/gateway/src/{routing,faces,clients,buyer.slow,buyer-faults.slow,buyer-hedge.slow,watch.slow}.test.ts',
  ],
  'packages/node/src/serve': [
    'packages/node/src/serve/*.test.ts',
    '!packages/node/src/serve/{*.slow,problem,more-families,media,stacks}.test.ts', // whole ledgers
  ],
  'packages/node/src/settle': [
    'packages/node/src/settle/*.test.ts',
    '!packages/node/src/settle/*.slow.test.ts', // whole daemons
  ],
  'packages/gateway/src/serve': [
    'packages/gateway/src/serve/*.test.ts',
    'packages/gateway/src/{routing,faces,clients,trace,http.slow,gateway.slow,x402.slow}.test.ts',
  ],
  'packages/localnet/src/internal/ptb': [
    'packages/localnet/src/internal/ptb/*.test.ts',
    'packages/localnet/src/{gas,shared-end,party,address-balances,gas-from-funds}.test.ts',
    'packages/localnet/src/{verdicts,upgrade-policy,execute}.slow.test.ts',
  ],
  'packages/move-engine/src/internal/translate': [
    'packages/move-engine/src/internal/translate/*.test.ts',
    'packages/move-engine/src/{references,gas,limits,internal/verify/passes}.test.ts',
  ],
};
