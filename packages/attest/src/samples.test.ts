import { expect, test } from 'vitest';
import { type EvidenceParameters, verifyEvidence } from './index.ts';
import { readPolicy } from './policy.ts';
import { hasSamples, sample, samplesFolder, sampleText } from './testing/samples.ts';

if (!hasSamples) {
  process.stderr.write(`real evidence is not judged: ${samplesFolder} is absent\n`);
  test('without the folder the pinned roots still parse', async () => {
    const { vendorRoots } = await import('./roots.ts');
    expect(Object.keys(vendorRoots())).toHaveLength(5);
  });
} else {
  const on = (day: string): Date => new Date(`${day}T00:00:00Z`);
  const quote = (name: string, collateral: string, day: string): EvidenceParameters => ({
    evidence: sample(name),
    collateral: sampleText(collateral),
    at: on(day),
  });
  const codes = (p: EvidenceParameters) => verifyEvidence(p).reasons.map(({ code }) => code);
  const certificates = () => sampleText('sev_snp_ask.pem') + sampleText('sev_snp_vcek.pem');
  const snp = (more: Partial<EvidenceParameters> = {}): EvidenceParameters => ({
    evidence: sample('sev_snp_report.bin'),
    certificates: certificates(),
    at: on('2026-07-01'),
    ...more,
  });

  test('TDX version 4, July 2025: up to date; once its lists have run out, refused', () => {
    const p = quote('tdx_v4_quote.bin', 'tdx_v4_quote_collateral.json', '2025-07-01');
    expect(verifyEvidence(p)).toMatchObject({ kind: 'tdx', verdict: 'accepted', claims: { tcb_status: 'UpToDate' } });
    expect(codes({ ...p, at: on('2025-07-20') })).toEqual(['clock']);
    expect(codes({ ...p, at: on('2025-06-18') })).toEqual(['clock']);
  });

  test.each(['2026-02-19', '2026-03-19'])(
    'TDX version 5 on %s: one machine is up to date, the other below every level',
    (day) => {
      const collateral = 'tdx_v5_quote_2026_collateral.json';
      expect(verifyEvidence(quote('tdx_v5_quote.bin', collateral, day)).verdict).toBe('accepted');
      expect(codes(quote('tdx_v5_quote_2026.bin', collateral, day))).toEqual(['tcb']);
    },
  );

  test('SGX version 3: configuration and software hardening needed', () => {
    const p = quote('sgx_v3_quote.bin', 'sgx_v3_quote_collateral.json', '2025-07-01');
    expect(verifyEvidence(p)).toMatchObject({
      kind: 'sgx',
      verdict: 'refused',
      claims: { tcb_status: 'ConfigurationAndSWHardeningNeeded' },
    });
    expect(codes(p)).toEqual(['tcb']);
    const policy = readPolicy(
      JSON.stringify({
        tcb: ['ConfigurationAndSWHardeningNeeded'],
        advisories: ['INTEL-SA-00289', 'INTEL-SA-00615'],
        measurements: { sgx: [{}] },
      }),
    );
    expect(verifyEvidence({ ...p, policy }).verdict).toBe('accepted');
  });

  test('a production quote that lets memory faults be injected', () => {
    const p = quote('tdx_v4_quote_production.bin', 'tdx_v4_quote_collateral.json', '2025-07-01');
    expect(verifyEvidence(p).reasons.map(({ text }) => text)).toContain(
      'The guest lets the operator inject memory faults (SEPT_VE_DISABLE is 0).',
    );
  });

  test('SEV-SNP: signatures lead to the root of AMD; Milan only by policy; a version of its certificate only', () => {
    expect(codes(snp())).toEqual(['product']);
    expect(verifyEvidence(snp({ allowMilan: true })).verdict).toBe('accepted');
    expect(codes(snp({ allowMilan: true, at: on('2026-06-01') }))).toEqual(['clock']);
    expect(codes(snp({ certificates: sampleText('sev_snp_ask.pem') }))).toEqual(['malformed']);
    expect(codes(snp({ certificates: sampleText('sev_snp_vcek.pem') }))).toEqual(['chain']);
    const policy = readPolicy('{"snp_least":{"milan":{"snp":24,"microcode":219}},"measurements":{"snp":[]}}');
    expect(codes(snp({ allowMilan: true, policy }))).toEqual(['tcb', 'measurement']);
    for (let at = 0; at < 672; at += 5) {
      const evidence = Buffer.from(sample('sev_snp_report.bin'));
      evidence[at] = (evidence[at] as number) ^ 0x10;
      try {
        expect(verifyEvidence(snp({ evidence, allowMilan: true })).verdict).toBe('refused');
      } catch (error) {
        expect((error as Error).name).toBe('Refusal');
      }
    }
  });

  test('Nitro: the sample lacks the last byte of its signature; with it, it holds for three hours', () => {
    const cut = sample('nitro_document.cbor');
    const at = new Date('2025-12-25T13:20:37Z');
    expect(codes({ evidence: cut, at })).toEqual(['malformed']);
    const whole = Array.from({ length: 256 }, (_, byte) => Buffer.concat([cut, Buffer.of(byte)]));
    const right = whole.filter((evidence) => verifyEvidence({ evidence, at }).verdict === 'accepted');
    expect(right).toHaveLength(1);
    const [evidence] = right as [Buffer];
    expect(codes({ evidence, at: on('2025-12-26') })).toEqual(['clock']);
    expect(codes({ evidence: Buffer.concat([evidence, Buffer.of(0)]), at })).toEqual(['malformed']);
  });
}
