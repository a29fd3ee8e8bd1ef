import { choice, optional, smallId, text, toggle, words } from '../kernel/flags.ts';

/** Flags of `attest verify`. */
export const attestVerifyFlags = {
  file: text(
    'quote of TDX or SGX, report of SEV-SNP, document of Nitro, or a node’s evidence (`attest show --save`)',
    'FILE',
    'file',
  ),
  collateral: optional(text('Intel’s collateral for the machine, JSON; needed for TDX and SGX', 'FILE', 'file')),
  cert: optional(words('PEM files with AMD’s certificates (ASK and VCEK); needed for SEV-SNP', 'FILE')),
  log: optional(
    text('event log of a TDX guest’s boot (CCEL) that must lead to the registers of the quote', 'FILE', 'file'),
  ),
  at: optional(text('time to judge it at (default: now)', 'TIME')),
  policy: optional(text('what you accept, JSON; without it only the hardware is judged', 'FILE', 'file')),
  allowMilan: toggle('accept AMD Milan, whose keys software may have extracted'),
};
/** Flags of `attest events`. */
export const attestEventsFlags = {
  file: text('event log of a TDX guest’s boot: its /sys/firmware/acpi/tables/data/CCEL', 'FILE', 'file'),
  image: optional(text('kernel or unified kernel image that must have been started (PE file)', 'FILE', 'file')),
  initrd: optional(text('initrd that the kernel must have measured', 'FILE', 'file')),
  cmdline: optional(text('command line that the kernel must have measured', 'TEXT')),
};
/** Flags of `attest policy`. */
export const attestPolicyFlags = {
  file: optional(text('policy to check; without it one to start from is printed', 'FILE', 'file')),
  firmware: optional(
    text('firmware file of TDX guests (OVMF, TDVF) whose MRTD the printed policy allows', 'FILE', 'file'),
  ),
  kind: choice('kind of evidence the printed policy is for (default tdx)', ['tdx', 'sgx', 'snp', 'nitro']),
};

/** Flags of `attest show`. */
export const attestShowFlags = {
  node: smallId('node whose evidence is shown', 'node'),
  policy: optional(text('what you accept, JSON; without it only rehearsals on this machine are', 'FILE', 'file')),
  save: optional(text('file to write the evidence to, for `attest verify`', 'FILE', 'file')),
};
