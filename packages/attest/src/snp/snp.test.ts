import { beforeAll, expect, test } from 'vitest';
import { type EvidenceParameters, verifyEvidence } from '../index.ts';
import { readPolicy } from '../policy.ts';
import { vendorRoots } from '../roots.ts';
import { type Chip, type ChipChoices, chipPem, makeChip, makeReport, type ReportChoices } from '../testing/snp.ts';

let genoa: Chip;
let turin: Chip;
let milan: Chip;
beforeAll(async () => {
  genoa = await makeChip();
  turin = await makeChip({ product: 'Turin' });
  milan = await makeChip({ product: 'Milan-B0', versions: { 1: 4, 3: 22, 8: 212 } });
});

const check = (chip: Chip, evidence: Buffer, more: Partial<EvidenceParameters> = {}) =>
  verifyEvidence({
    evidence,
    certificates: chipPem(chip),
    at: new Date('2026-07-01T00:00:00Z'),
    roots: {
      ...vendorRoots(),
      genoa: chip.root.certificate,
      turin: chip.root.certificate,
      milan: chip.root.certificate,
    },
    ...more,
  });
const codes = (...p: Parameters<typeof check>) => check(...p).reasons.map(({ code }) => code);

test.each([2, 3, 4, 5])('a report of version %s that keeps every rule is accepted', (version) => {
  expect(check(genoa, makeReport(genoa, { version }))).toMatchObject({
    kind: 'snp',
    verdict: 'accepted',
    claims: {
      product: 'genoa',
      measurement: '22'.repeat(48),
      tcb: 'fmc 0, bootloader 10, tee 0, snp 24, microcode 90',
    },
  });
});

test('Turin orders its versions in another way, and has a short chip id', () => {
  expect(check(turin, makeReport(turin))).toMatchObject({
    verdict: 'accepted',
    claims: { product: 'turin', tcb: 'fmc 2, bootloader 10, tee 0, snp 24, microcode 90' },
  });
  for (const id of [1, 2, 3, 8, 9])
    expect(codes(turin, makeReport(turin, { versions: { [id]: 99 } }))).toEqual(['signature']);
  expect(codes(turin, makeReport(turin, { chipId: `${'ab'.repeat(8)}01` }))).toEqual(['signature']);
});

const bit = (n: number): bigint => 1n << BigInt(n);
const base = bit(17) | bit(16);

test.each<[string, ReportChoices, string]>([
  ['DEBUG', { policy: base | bit(19) }, 'debug'],
  ['MIGRATE_MA', { policy: base | bit(18) }, 'attributes'],
  ['the reserved bit that must be 1', { policy: bit(16) }, 'attributes'],
  ...[26, 31, 40, 63].map((n): [string, ReportChoices, string] => [
    `policy bit ${n}`,
    { policy: base | bit(n) },
    'attributes',
  ]),
  ...[1, 2, 3, 0xffff_ffff].map((vmpl): [string, ReportChoices, string] => [
    `privilege level ${vmpl}`,
    { vmpl },
    'attributes',
  ]),
  ['a key of the cloud provider (VLEK)', { flags: 1 << 2 }, 'product'],
  ['no signing key', { flags: 7 << 2 }, 'signature'],
  ['a masked chip key', { flags: 2 }, 'signature'],
  ['another algorithm', { algorithm: 2 }, 'malformed'],
  ['another chip', { chipId: 'ac'.repeat(64) }, 'signature'],
  ...[1, 2, 3, 8].map((id): [string, ReportChoices, string] => [
    `another version of part ${id} than the certificate’s`,
    { versions: { [id]: 99 } },
    'signature',
  ]),
])('%s is refused', (_, choices, code) => {
  expect(codes(genoa, makeReport(genoa, choices))).toContain(code);
});

test('single socket, memory encryption and hidden ciphertexts may be asked for', () => {
  for (const n of [20, 21, 22, 23, 24, 25])
    expect(check(genoa, makeReport(genoa, { policy: base | bit(n) })).verdict).toBe('accepted');
});

test('least firmware by product and day; a policy may ask for more', async () => {
  const old = async (versions: ChipChoices['versions'] & object) => {
    const chip = await makeChip({ versions });
    return codes(chip, makeReport(chip, { versions }));
  };
  expect(await old({ 3: 22 })).toEqual(['tcb']);
  expect(await old({ 8: 83 })).toEqual(['tcb']);
  const policy = (snp_least: object) =>
    readPolicy(JSON.stringify({ measurements: { snp: [{ measurement: '22'.repeat(48) }] }, snp_least }));
  const evidence = makeReport(genoa);
  expect(check(genoa, evidence, { policy: policy({ genoa: { snp: 24 } }) }).verdict).toBe('accepted');
  expect(codes(genoa, evidence, { policy: policy({ genoa: { bootloader: 11 } }) })).toEqual(['tcb']);
});

test('old firmware at the start of the guest, or to go back to, lays open what is there now', () => {
  expect(check(genoa, makeReport(genoa, { launch: { 3: 22 } })).reasons).toMatchObject([
    { code: 'tcb', text: expect.stringContaining('snp 22 at the start, at least 23') },
  ]);
  expect(check(genoa, makeReport(genoa, { committed: { 8: 80 } })).reasons).toMatchObject([
    { code: 'tcb', text: expect.stringContaining('microcode 80 to go back to, at least 84') },
  ]);
});

test('Milan is refused unless it is allowed', () => {
  const evidence = makeReport(milan, { versions: { 1: 4, 3: 22, 8: 212 } });
  expect(codes(milan, evidence)).toEqual(['product']);
  expect(check(milan, evidence, { allowMilan: true }).verdict).toBe('accepted');
});

test('certificates of another chip, another root, or of none', async () => {
  const evidence = makeReport(genoa);
  expect(codes(genoa, evidence, { certificates: chipPem(turin) })).not.toEqual([]);
  expect(codes(genoa, evidence, { certificates: genoa.vcek.pem })).toEqual(['chain']);
  expect(codes(genoa, evidence, { certificates: genoa.intermediate.pem })).toEqual(['malformed']);
  expect(codes(genoa, evidence, { certificates: chipPem(await makeChip()) })).not.toEqual([]);
  expect(codes(genoa, evidence, { roots: vendorRoots() })).toEqual(['chain']);
  const named = await makeChip({ product: 'Naples' });
  expect(codes(named, makeReport(named))).toEqual(['product']);
});

test('no changed byte is accepted, no cut report, none with more', () => {
  const evidence = makeReport(genoa);
  const unread = (at: number): boolean => (at >= 0x2a0 + 48 && at < 0x2a0 + 72) || at >= 0x2a0 + 120;
  for (let at = 0; at < evidence.length; at += 3) {
    if (unread(at)) continue; // the signature's numbers are shorter than their places
    const changed = Buffer.from(evidence);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    let verdict = 'refused';
    try {
      verdict = check(genoa, changed).verdict;
    } catch (error) {
      expect((error as Error).name).toBe('Refusal');
    }
    expect([at, verdict]).toEqual([at, 'refused']);
  }
  for (const other of [evidence.subarray(0, 1_183), Buffer.concat([evidence, Buffer.of(0)])])
    expect(codes(genoa, other)).not.toEqual([]);
});
