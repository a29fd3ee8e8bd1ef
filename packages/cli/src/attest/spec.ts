import { command, group } from '../kernel/command.ts';
import { optional } from '../kernel/flags.ts';
import * as s from '../kernel/schema.ts';
import { attestEventsFlags, attestPolicyFlags, attestShowFlags, attestVerifyFlags } from './flags.ts';

const handlers = () => import('./handler.ts');

/** `atoma attest` */
export const attestGroup = group('Evidence of confidential hardware (security level 2).', {
  verify: command({
    brief: 'Judge attestation evidence by the vendor’s rules and your policy; exits 1 when it is refused.',
    examples: [
      'attest verify quote.bin --collateral collateral.json',
      'attest verify report.bin --cert ask.pem --cert vcek.pem --at 2026-07-01 --policy policy.json',
    ],
    notes:
      'Needs no network: the node supplies certificates and collateral, and the vendors’ roots are part of the program. Checked against public samples; not run on such hardware by us.',
    access: 'local',
    flags: attestVerifyFlags,
    positional: ['file'],
    output: s.shape('attest.verify', {
      verdict: s.text('`accepted` or `refused`.'),
      kind: s.text('`tdx`, `sgx`, `snp`, `nitro`, or `unknown`.'),
      at: s.text('Time it was judged at.'),
      reasons: s.list(
        s.record({ code: s.text('Stable name.'), text: s.text('What is wrong, in a sentence.') }),
        'Why it is refused; empty when it is accepted.',
      ),
      measurements: { description: 'What was measured, by name, or `not judged` without a policy.' },
      claims: s.anyRecord('Everything the evidence says.'),
      note: s.text('How far this program was tried on such hardware.'),
    }),
    load: async () => (await handlers()).verify,
  }),
  events: command({
    brief: 'Read the event log of a TDX guest’s boot; exits 1 when a file you name was not measured.',
    examples: ['attest events CCEL', 'attest events CCEL --image guest.efi'],
    notes:
      'A log proves nothing by itself. A report does, whose registers it leads to: put them, or the events, into the policy for the image you built.',
    access: 'local',
    flags: attestEventsFlags,
    positional: ['file'],
    output: s.shape('attest.events', {
      registers: s.anyRecord('What the log leads to: RTMR0 to RTMR3, hex.'),
      events: s.list(
        s.record({
          register: s.text('Where it was measured into.'),
          type: s.integer('TCG’s number of its type.'),
          digest: s.text('SHA-384, hex.'),
          is: s.orNull(s.text('Which of the files you named it is: `image`, `initrd` or `cmdline`; null: none.')),
          says: s.text('What the firmware says it measured, as far as it is text.'),
        }),
        'In the order they were measured.',
      ),
      missing: s.list(s.text('Name.'), 'Files you named that were not measured.'),
    }),
    load: async () => (await handlers()).events,
  }),
  show: command({
    brief: 'Show the evidence a node has published, and whether you would accept it; exits 1 when not.',
    examples: ['attest show 1', 'attest show 1 --policy policy.json', 'attest show 1 --save evidence.bin'],
    notes: 'Asks the node and the chain. Nothing is bought, and no prompt is sent.',
    access: 'read',
    flags: attestShowFlags,
    positional: ['node'],
    output: s.shape('attest.show', {
      node_small_id: s.integer('Node.'),
      url: s.text('Where it was asked.'),
      kind: s.text('`rehearsal`, `tdx` or `snp`.'),
      verdict: s.text('`accepted` or `refused`.'),
      why: s.orNull(s.text('Why it is refused; null when it is accepted.')),
      label: s.orNull(s.text('What must be said beside it; null: nothing.')),
      enclave_key: s.text('Ed25519 key of the environment, hex.'),
      evidence_hash: s.text('H(0x15 || evidence), hex.'),
      committed: s.bool('Whether the chain holds that hash.'),
      checkpoint: s.text('Checkpoint the evidence was made after.'),
      config_hash: s.text('H of the operator’s configuration, hex.'),
      weights_root: s.text('Root of the weights’ tree, hex; zeros: not told.'),
      gpu: s.bool('Whether evidence of GPUs is bound in.'),
      channel_keys: s.list(
        s.record({
          kid: s.text('Id, hex.'),
          not_before: s.text('Time.'),
          not_after: s.text('Time.'),
          signed: s.bool('Whether the enclave key signed it.'),
        }),
        'Keys requests are sealed to.',
      ),
    }),
    load: async () => (await handlers()).show,
  }),
  policy: command({
    brief: 'Check a policy file, or print one to start from.',
    examples: ['attest policy', 'attest policy --firmware OVMF.fd', 'attest policy policy.json'],
    access: 'local',
    flags: { ...attestPolicyFlags, kind: optional(attestPolicyFlags.kind) },
    positional: ['file'],
    output: s.shape('attest.policy', { policy: s.anyRecord('The policy, with what it leaves out filled in.') }),
    load: async () => (await handlers()).policy,
  }),
});
