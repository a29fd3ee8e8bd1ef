/** SEV-SNP evidence under a test root: any field of a report and of its chip's certificate can be chosen. */
import * as asn1 from 'asn1js';
import { extensionOf, type Holder, makeHolder, signRaw } from './authority.ts';

const AMD = '1.3.6.1.4.1.3704.1';

/** Certificates of one chip. */
export interface Chip {
  readonly root: Holder;
  readonly intermediate: Holder;
  readonly vcek: Holder;
  readonly turin: boolean;
}

/** What a test may choose about a chip's certificate. */
export interface ChipChoices {
  /** As AMD names products: `Milan-B0`, `Genoa`, `Turin`. */
  readonly product?: string;
  /** Hexadecimal; 64 bytes, of Turin 8. */
  readonly chipId?: string;
  /** By AMD's numbers of its extensions: 1 bootloader, 2 TEE, 3 SNP, 8 microcode, 9 FMC. */
  readonly versions?: Readonly<Record<number, number>>;
}

/** Of every part, where a test does not choose. */
export const VERSIONS: Readonly<Record<number, number>> = { 1: 10, 2: 0, 3: 24, 8: 90, 9: 2 };
const idOf = (turin: boolean): string => 'ab'.repeat(turin ? 8 : 64);

/** Makes a chip. */
export const makeChip = async (c: ChipChoices = {}): Promise<Chip> => {
  const product = c.product ?? 'Genoa';
  const turin = product.startsWith('Turin');
  const root = await makeHolder({ name: 'Test ARK', curve: 'P-384' });
  const intermediate = await makeHolder({ name: 'Test SEV', curve: 'P-384', issuer: root, ca: true });
  const versions = { ...VERSIONS, ...c.versions };
  const vcek = await makeHolder({
    name: 'SEV-VCEK',
    curve: 'P-384',
    issuer: intermediate,
    extensions: [
      extensionOf(`${AMD}.2`, new asn1.IA5String({ value: product })),
      ...Object.entries(versions)
        .filter(([id]) => turin || id !== '9')
        .map(([id, value]) => extensionOf(`${AMD}.3.${id}`, new asn1.Integer({ value }))),
      extensionOf(
        `${AMD}.4`,
        new asn1.OctetString({ valueHex: new Uint8Array(Buffer.from(c.chipId ?? idOf(turin), 'hex')) }),
      ),
    ],
  });
  return { root, intermediate, vcek, turin };
};

/** ASK and VCEK as PEM. */
export const chipPem = ({ intermediate, vcek }: Chip): string => intermediate.pem + vcek.pem;

/** What a test may choose about a report. */
export interface ReportChoices {
  readonly version?: number;
  readonly policy?: bigint;
  readonly vmpl?: number;
  readonly algorithm?: number;
  readonly flags?: number;
  /** By the numbers of {@link VERSIONS}. */
  readonly versions?: Readonly<Record<number, number>>;
  /** Versions at the start of the guest, and to go back to; default: the reported ones. */
  readonly launch?: Readonly<Record<number, number>>;
  readonly committed?: Readonly<Record<number, number>>;
  /** Hexadecimal, 64 bytes. */
  readonly chipId?: string;
}

/** Where the versions stand in the eight bytes of a report. */
const PLACES: Readonly<Record<'turin' | 'others', Readonly<Record<number, number>>>> = {
  turin: { 9: 0, 1: 1, 2: 2, 3: 3, 8: 7 },
  others: { 1: 0, 2: 1, 3: 6, 8: 7 },
};

/** Makes a report of a chip. */
export const makeReport = (chip: Chip, c: ReportChoices = {}): Buffer => {
  const report = Buffer.alloc(1_184);
  report.writeUInt32LE(c.version ?? 3, 0);
  report.writeBigUInt64LE(c.policy ?? 0x3_0000n, 8);
  report.writeUInt32LE(c.vmpl ?? 0, 0x30);
  report.writeUInt32LE(c.algorithm ?? 1, 0x34);
  report.writeUInt32LE(c.flags ?? 0, 0x48);
  report.fill(0x77, 0x50, 0x90).fill(0x22, 0x90, 0xc0);
  for (const [id, place] of Object.entries(PLACES[chip.turin ? 'turin' : 'others']))
    for (const [at, versions] of [
      [0x180, undefined],
      [0x1e0, c.committed],
      [0x1f0, c.launch],
    ] as const)
      report[at + place] = { ...VERSIONS, ...c.versions, ...versions }[Number(id)] as number;
  report.set(Buffer.from((c.chipId ?? idOf(chip.turin)).padEnd(128, '0'), 'hex'), 0x1a0);
  const signature = signRaw(chip.vcek.key, report.subarray(0, 0x2a0), 'sha384');
  for (const [i, at] of [0x2a0, 0x2a0 + 72].entries())
    report.set(Buffer.from(signature.subarray(i * 48, i * 48 + 48)).reverse(), at);
  return report;
};
