/** Deployments and ids of public record: the one place for them. */
import type { Deployment } from './record.ts';

const first = '0xc05bae323433740c969d8cf938c48d7559490be5f8dde158792e7a0623787013';
const toma = '0xa1b2ce1a52abc52c5d21be9da0f752dbd587018bc666c5298f778f42de26df1d';
const firstDb = '0x7b8f40e38698deb650519a51f9c1a725bf8cfdc074d1552a4dc85976c2b414be';

/**
 * By network. `testnet`: the ids of the public Atoma guide ("Atoma testnet parameters"). Its contract is an older
 * generation with other calls and layouts, so it can be looked at but not used by this SDK.
 */
export const knownDeployments: Readonly<Record<string, Deployment>> = {
  testnet: {
    network: 'testnet',
    chainId: null,
    generation: 'older',
    packageId: first,
    originalPackageId: first,
    dbId: firstDb,
    tomaPackageId: toma,
    tomaOriginalPackageId: toma,
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

/** An id that public guides print. */
export interface PublicId {
  /** Name of the only network it exists on. */
  readonly network: string;
  /** What it is, with its article. */
  readonly what: string;
}

const onTestnet = (what: string): PublicId => ({ network: 'testnet', what });

/** Ids printed by the public guides of Atoma (atoma-docs and the command's own sources), all of older contracts. */
const publicIds: Readonly<Record<string, PublicId>> = {
  [first]: onTestnet('the old contract'),
  '0xfa971724b5fb14c2ffc9a959b81cce4d85d457da27e29f793e12428ed71bb922': onTestnet('the old contract'),
  '0x8903298ba49a8e83d438e014b2cfd18404324f3a0274b9507b520d5745b85208': onTestnet('the old contract'),
  [firstDb]: onTestnet('the database of the old contract'),
  '0xe0b1d6458f349d4bc71ef119694866f1d6ee6915b43f8cc05a5d44a49e3e1f0f': onTestnet('the database of the old contract'),
  '0x2e0da18aabf472ec674ce500eace0a1e298df1ad62235318ff0d87d6a8bcd075': onTestnet('the database of the old contract'),
  [toma]: onTestnet('the old TOMA coin'),
  '0xfdddd6fb95509ea36f44f06d0d0a2f5868dac2bda1423d204bdc9f458115ff75': onTestnet('the faucet of the old TOMA coin'),
  '0xa1ec7fc00a6f40db9693ad1415d0c193ad3906494428cf252621037bd7117e29': onTestnet('the USDC coin of the old contract'),
};

/** What is publicly known of an object id (`0x` and 64 lower-case hex digits); undefined for any other. */
export const publicId = (id: string): PublicId | undefined =>
  Object.hasOwn(publicIds, id) ? publicIds[id] : undefined;
