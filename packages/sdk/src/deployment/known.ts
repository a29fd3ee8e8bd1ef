/** Deployments of public record. */
import type { Deployment } from './record.ts';

/**
 * By network. `testnet`: the ids of the public Atoma guide ("Atoma testnet parameters"). Its contract is an older
 * generation with other calls and layouts, so it can be looked at but not used by this SDK.
 */
export const knownDeployments: Readonly<Record<string, Deployment>> = {
  testnet: {
    network: 'testnet',
    chainId: null,
    generation: 'older',
    packageId: '0xc05bae323433740c969d8cf938c48d7559490be5f8dde158792e7a0623787013',
    originalPackageId: '0xc05bae323433740c969d8cf938c48d7559490be5f8dde158792e7a0623787013',
    dbId: '0x7b8f40e38698deb650519a51f9c1a725bf8cfdc074d1552a4dc85976c2b414be',
    tomaPackageId: '0xa1b2ce1a52abc52c5d21be9da0f752dbd587018bc666c5298f778f42de26df1d',
    tomaOriginalPackageId: '0xa1b2ce1a52abc52c5d21be9da0f752dbd587018bc666c5298f778f42de26df1d',
    faucetId: null,
    treasuryCapId: null,
    managerBadgeId: null,
    upgradeCapId: null,
    tomaUpgradeCapId: null,
    tomaMetadataId: null,
    publisher: null,
    digests: [],
    version: 1,
  },
};
