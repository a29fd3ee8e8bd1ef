/** `atoma attest`, judged with the vendors' own roots. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandLineDigest, firmwareMrtd, imageDigest, replayed } from '@atoma/attest';
import { bindingLayout, documentLayout } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { makeEventLog, makeImage } from '../../../attest/src/testing/event-logs.ts';
import { makeFirmware } from '../../../attest/src/testing/firmware.ts';
import { jsonSchemaOf } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { json, run } from '../testing/in-process.ts';
import { cleanMachine, words } from '../testing/process.ts';

const samples = resolve(import.meta.dirname, '../../../../../shared/data/attestation');
const machine = cleanMachine();
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(machine.home, name);
  writeFileSync(path, content);
  return path;
};

/** What a command prints with --json, whatever its exit code; it follows the command's schema. */
const told = async (line: string) => {
  const data = json(await run(machine, `${line} --json`));
  const target = findTarget(root, commandPathOf(root, words(line)));
  if (target?.kind !== 'command' || !target.output) throw new TypeError(`${line} has no schema`);
  expect({ line, faults: schemaFaults(jsonSchemaOf(target.output), data) }).toEqual({ line, faults: [] });
  return data;
};

test('bytes that are no evidence are refused: one document, exit 1', async () => {
  const path = file('hello', 'hello, this is no quote');
  const done = await run(machine, `attest verify ${path} --json`);
  expect(done.code).toBe(1);
  expect(await told(`attest verify ${path}`)).toMatchObject({
    schema: 'atoma/attest.verify/1',
    verdict: 'refused',
    kind: 'unknown',
    measurements: 'not judged',
    reasons: [{ code: 'malformed' }],
  });
  expect((await run(machine, `attest verify ${path} --quiet`)).out).toBe('refused\n');
});

test('a quote without collateral, a report without certificates: the reason says what is missing', async () => {
  const quote = file('quote', Buffer.concat([Buffer.from([4, 0, 2, 0, 0x81, 0, 0, 0]), Buffer.alloc(900)]));
  expect(await told(`attest verify ${quote}`)).toMatchObject({
    kind: 'tdx',
    reasons: [{ code: 'collateral' }],
  });
  const report = file('report', Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.alloc(1_180)]));
  expect(await told(`attest verify ${report}`)).toMatchObject({
    kind: 'snp',
    reasons: [{ code: 'collateral' }],
  });
});

test('a policy to start from is one; a wrong one is named by its member; a wrong time is usage', async () => {
  const { policy } = await told('attest policy --kind snp');
  const path = file('policy.json', JSON.stringify(policy));
  expect(await told(`attest policy ${path}`)).toMatchObject({
    policy: { tcb: ['UpToDate'], allow_milan: false },
  });
  const wrong = await run(machine, `attest policy ${file('wrong.json', '{"tcb":"UpToDate"}')}`);
  expect(wrong).toMatchObject({ code: expect.any(Number), err: expect.stringContaining('tcb') });
  expect((await run(machine, `attest verify ${path} --at yesterday`)).code).toBe(2);
  expect((await run(machine, 'attest verify /absent/file')).err).toContain('/absent/file');
});

test('a firmware file gives a policy that allows its MRTD, in both orders hosts measure in', async () => {
  const firmware = makeFirmware(Buffer.alloc(0x1000, 5), [
    { at: 0, size: 0x1000, address: 0xffff_f000n, memory: 0x1000n, attributes: 1 },
    { at: 0, size: 0, address: 0x81_0000n, memory: 0x2000n, attributes: 0 },
  ]);
  const { pageByPage, sectionBySection } = firmwareMrtd(firmware);
  const path = file('OVMF.fd', firmware);
  expect(await told(`attest policy --firmware ${path}`)).toMatchObject({
    policy: { measurements: { tdx: [{ mrtd: pageByPage }, { mrtd: sectionBySection }] } },
  });
  expect((await run(machine, `attest policy --firmware ${path} --kind snp`)).code).toBe(2);
  const none = await run(machine, `attest policy --firmware ${file('hello', 'hello')}`);
  expect(none.err).toContain('no firmware');
});

test('the event log of a boot: events, registers, and which of the files named are among them', async () => {
  const image = makeImage();
  const log = file(
    'CCEL',
    makeEventLog([
      { index: 1, digest: '11'.repeat(48), data: 'firmware' },
      { index: 2, digest: imageDigest(image) },
      { index: 3, digest: commandLineDigest('ro quiet') },
    ]),
  );
  const line = `attest events ${log} --image ${file('guest.efi', image)} --cmdline "ro quiet"`;
  expect((await run(machine, line)).code).toBe(0);
  expect(await told(line)).toMatchObject({
    registers: { rtmr1: replayed([imageDigest(image)]), rtmr3: '00'.repeat(48) },
    events: [
      { register: 'rtmr0', is: null, says: 'firmware' },
      { register: 'rtmr1', is: 'image' },
      { register: 'rtmr2', is: 'cmdline' },
    ],
    missing: [],
  });
  const other = await run(machine, `attest events ${log} --initrd ${file('initrd', 'another')}`);
  expect([other.code, other.out]).toEqual([1, expect.stringContaining('not measured: initrd')]);
  const none = await run(machine, `attest events ${file('hello', 'hello')}`);
  expect([none.code, none.err]).toEqual([expect.any(Number), expect.stringContaining('event log')]);
  expect((await run(machine, `attest events ${log} --image ${log}`)).err).toContain('no PE file');
});

const wrapped = (quote: Uint8Array, kind: 'tdx' | 'snp', more: { gpu?: Uint8Array; collateral?: Uint8Array } = {}) => {
  const [zeros, none] = [new Uint8Array(32), new Uint8Array()];
  const gpu = more.gpu ?? none;
  const binding = bindingLayout.encode({
    chainId: zeros,
    packageId: zeros,
    node: 7n,
    enclaveKey: zeros,
    kind,
    gpuHash: zeros,
    weightsRoot: zeros,
    configHash: zeros,
    checkpoint: 1n,
    checkpointDigest: zeros,
  });
  const collateral = more.collateral ?? none;
  return documentLayout.encode({ binding, quote, collateral, gpu, eventLog: none, nonce: zeros });
};

test.runIf(existsSync(samples))(
  'a quote of real hardware inside a node’s document: its machine is judged, and it is over other keys',
  async () => {
    const [quote, collateral] = ['tdx_v4_quote.bin', 'tdx_v4_quote_collateral.json'].map((name) =>
      readFileSync(join(samples, name)),
    ) as [Buffer, Buffer];
    const judged = async (document: Uint8Array, more = '') =>
      told(`attest verify ${file('document', document)} --at 2025-07-01 ${more}`);
    const codes = async (document: Uint8Array) =>
      ((await judged(document)).reasons as { code: string }[]).map(({ code }) => code);
    const document = wrapped(quote, 'tdx', { collateral });
    expect(await judged(document)).toMatchObject({
      kind: 'tdx',
      reasons: [{ code: 'report_data' }],
      claims: { tcb_status: 'UpToDate' },
      note: 'checked against public samples; not run on such hardware by us',
    });
    // Collateral beside the document is taken instead of its own.
    expect(
      (await judged(wrapped(quote, 'tdx'), `--collateral ${join(samples, 'tdx_v4_quote_collateral.json')}`)).reasons,
    ).toMatchObject([{ code: 'report_data' }]);
    expect(await codes(wrapped(quote, 'snp', { collateral }))).toEqual(['malformed']);
    expect(await codes(wrapped(quote, 'tdx', { collateral, gpu: Uint8Array.of(1) }))).toEqual(['report_data']);
    expect(await codes(document.subarray(0, -1))).toEqual(['malformed']);
    expect(await codes(Buffer.concat([document, Buffer.of(0)]))).toEqual(['malformed']);
    expect(await codes(Buffer.concat([document, Buffer.alloc(262_144)]))).toEqual(['malformed']);
  },
);

test.runIf(existsSync(samples))('a chip’s certificates are taken as PEM and as AMD’s service gives them', async () => {
  const at = (name: string): string => join(samples, name);
  const der = (name: string): string => file(`${name}.der`, new X509Certificate(readFileSync(at(`${name}.pem`))).raw);
  const line = `attest verify ${at('sev_snp_report.bin')} --cert ${der('sev_snp_ask')} --cert ${der('sev_snp_vcek')}`;
  expect((await run(machine, `${line} --at 2026-07-01 --allow-milan`)).code).toBe(0);
});

test.runIf(existsSync(samples))('real evidence: accepted exits 0, refused 1', async () => {
  const at = (name: string): string => join(samples, name);
  const tdx = `attest verify ${at('tdx_v4_quote.bin')} --collateral ${at('tdx_v4_quote_collateral.json')}`;
  expect((await run(machine, `${tdx} --at 2025-07-01`)).code).toBe(0);
  expect((await run(machine, `${tdx} --at 2026-07-01`)).code).toBe(1);
  const log = file('log', makeEventLog([{ index: 2, digest: '11'.repeat(48) }]));
  expect((await run(machine, `${tdx} --at 2025-07-01 --log ${log}`)).out).toContain('does not lead to register rtmr1');
  const snp = `attest verify ${at('sev_snp_report.bin')} --cert ${at('sev_snp_ask.pem')} --cert ${at('sev_snp_vcek.pem')} --at 2026-07-01`;
  expect((await run(machine, snp)).out).toContain('Milan');
  expect((await run(machine, `${snp} --allow-milan`)).code).toBe(0);
});
