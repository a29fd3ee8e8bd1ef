/** What Sui's framework has and the subset does not, with the reason. A test holds this table to be exact. */
import type { Omission } from './conformance.ts';

/** An omission and why. */
export interface ExplainedOmission extends Omission {
  readonly reason: string;
}

const AUTHENTICATED_EVENTS = 'authenticated event streams need the accumulator';
const GROUP_CRYPTOGRAPHY = 'pairing and group arithmetic; the engine runs it on Sui’s own framework';
const ZERO_KNOWLEDGE = 'zero-knowledge verification; the engine runs it on Sui’s own framework';
const ZK_LOGIN = 'zkLogin is not part of the embedded ledger';

/** In the order of the published interface. */
export const omissions: readonly ExplainedOmission[] = [
  { module: '0x2::accumulator_metadata', reason: 'descriptions of accumulators; nothing reads them' },
  { module: '0x2::authenticator_state', reason: ZK_LOGIN },
  { module: '0x2::bls12381', reason: GROUP_CRYPTOGRAPHY },
  { module: '0x2::event', items: ['emit_authenticated', 'emit_authenticated_impl'], reason: AUTHENTICATED_EVENTS },
  { module: '0x2::groth16', reason: ZERO_KNOWLEDGE },
  { module: '0x2::group_ops', reason: GROUP_CRYPTOGRAPHY },
  { module: '0x2::nitro_attestation', reason: 'documents of AWS Nitro; the engine runs it on Sui’s own framework' },
  { module: '0x2::poseidon', reason: ZERO_KNOWLEDGE },
  { module: '0x2::protocol_config', reason: 'feature flags of the validators; visible inside the framework only' },
  { module: '0x2::prover', reason: 'specifications for a prover; no code' },
  { module: '0x2::vdf', reason: 'verifiable delay functions are not part of the embedded ledger' },
  { module: '0x2::zklogin_verified_id', reason: ZK_LOGIN },
  { module: '0x2::zklogin_verified_issuer', reason: ZK_LOGIN },
];

const row = ({ module, items, reason }: ExplainedOmission): string =>
  `| \`${module}\` | ${items?.map((item) => `\`${item}\``).join(', ') ?? 'whole module'} | ${reason} |`;

/** The table as the Markdown page `move/framework/OMITTED.md`. */
export const renderOmissions = (): string =>
  [
    "# What the framework subset leaves out of Sui's framework",
    '',
    'Compared with the published interface of packages 0x1 and 0x2 (`abi/sui-framework-abi.json`): public and entry functions,',
    'natives, structs and enums. Everything else is there, identical in signature, abilities and layout. Code that uses what is',
    'listed here compiles against the real framework only.',
    '',
    '| module | missing | reason |',
    '|---|---|---|',
    ...omissions.map(row),
    '',
    'Written by `tools/move` (`build`); a test keeps the table exact.',
    '',
  ].join('\n');
