import { featureFlags } from '@atoma/move-engine';
import { ledgerError } from './ledger-errors.ts';

/**
 * What differs between the protocol versions a ledger can be made with. Source: Sui's `sui-protocol-config`, the snapshots
 * of those versions. A chain keeps its version for life.
 */
export interface Protocol {
  readonly version: number;
  /** `storage_rebate_rate`: share of released storage that goes back to who paid, basis points. */
  readonly rebateBasisPoints: bigint;
  /** `obj_access_cost_read_per_package_kb`: internal units for reading 1,000 bytes of packages; without it they cost what objects do. */
  readonly packageReadUnits: number | undefined;
  /** `charge_ld_const_abstract_size`: loading a constant pushes the size of its value, not of its serialized form. */
  readonly chargesConstantValues: boolean;
  /** `validate_ptb_argument_indices`: arguments that name nothing are refused before execution; else their command fails. */
  readonly refusesArgumentIndices: boolean;
  /** `enable_init_on_upgrade`: `init` of a module that an upgrade adds runs; else such an upgrade fails. */
  readonly runsInitOnUpgrade: boolean;
  /** `include_checkpoint_artifacts_digest_in_summary`: checkpoints commit to the objects they change (from 122). */
  readonly commitsToObjects: boolean;
  /** Feature flags by Sui's names; what the version does not know is not there. */
  readonly features: Readonly<Record<string, boolean>>;
}

const early = { rebateBasisPoints: 9_900n, packageReadUnits: undefined } as const;
/** Flags that came after version 121. */
const newFlags: readonly string[] = [
  'enable_init_on_upgrade',
  'include_checkpoint_artifacts_digest_in_summary',
  'enable_allowances',
  'enable_forwarding_addresses',
  'create_forwarding_address_registry',
  'enable_verify_bulletproofs_ristretto255',
];

const features = { ...featureFlags, charge_ld_const_abstract_size: true, validate_ptb_argument_indices: true };
const oldFeatures = Object.fromEntries(Object.entries(featureFlags).filter(([name]) => !newFlags.includes(name)));

const late = {
  chargesConstantValues: true,
  refusesArgumentIndices: true,
  runsInitOnUpgrade: true,
  commitsToObjects: true,
  features,
} as const;

const protocols: readonly Protocol[] = [
  {
    version: 121,
    ...early,
    chargesConstantValues: false,
    refusesArgumentIndices: false,
    runsInitOnUpgrade: false,
    commitsToObjects: false,
    features: oldFeatures,
  },
  { version: 138, ...early, ...late },
  { version: 140, rebateBasisPoints: 9_999n, packageReadUnits: 154, ...late },
];

/** Version of ledgers that are made without naming one. */
export const NEWEST_PROTOCOL = 140;

/** Version of ledgers made before versions were kept. */
export const UNRECORDED_PROTOCOL = 138;

/** The rules of a version; throws LEDGER_PROTOCOL_UNKNOWN. */
export const protocolOf = (version: number): Protocol => {
  const found = protocols.find((one) => one.version === version);
  if (found) return found;
  throw ledgerError('PROTOCOL_UNKNOWN', { version, known: protocols.map((one) => one.version).join(', ') });
};
