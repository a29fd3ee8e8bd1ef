/** The same evidence before another implementation, and what it lets through that is refused here. */
import type { X509Certificate } from 'node:crypto';
import { QuoteVerifier, verify } from '@phala/dcap-qvl';
import { expect, test } from 'vitest';
import { verifyEvidence } from './index.ts';
import { vendorRoots } from './roots.ts';
import {
  type CollateralChoices,
  levelAt,
  makeCollateral,
  makeQuote,
  makeVendor,
  type QuoteChoices,
  WITHIN,
} from './testing/quotes.ts';
import { hasSamples, sample, sampleText } from './testing/samples.ts';

interface Foreign {
  readonly [name: string]: string;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'hex');

/** The other implementation's verdict: its word for the firmware's level, or why not. */
const other = (evidence: Buffer, collateral: Foreign, at: Date): string => {
  try {
    const binary = ['root_ca_crl', 'pck_crl', 'tcb_info_signature', 'qe_identity_signature'];
    const given = Object.fromEntries(
      Object.entries(collateral).map(([name, value]) => [name, binary.includes(name) ? bytes(value) : value]),
    );
    return (verify(evidence, given as never, Math.floor(at.getTime() / 1_000)) as { status: string }).status;
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
};
const ours = (evidence: Buffer, collateral: Foreign, at: Date): string =>
  verifyEvidence({ evidence, collateral: JSON.stringify(collateral), at }).verdict;

/** A vendor's root that the other implementation is told to trust. */
const under = (root: X509Certificate, evidence: Buffer, collateral: Foreign): string => {
  const binary = ['root_ca_crl', 'pck_crl', 'tcb_info_signature', 'qe_identity_signature'];
  const given = Object.fromEntries(
    Object.entries(collateral).map(([name, value]) => [name, binary.includes(name) ? bytes(value) : value]),
  );
  try {
    const now = Math.floor(WITHIN.getTime() / 1_000);
    return QuoteVerifier.newWithRootCa(root.raw).verify(evidence, given as never, now).status;
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
};

test('under a test root: signer and identity of the TDX module, and a level out of date, pass there and are refused here', async () => {
  const vendor = await makeVendor();
  const roots = { ...vendorRoots(), intel: vendor.root.certificate };
  const both = async (quote: QuoteChoices, choices: CollateralChoices) => {
    const [evidence, collateral] = [makeQuote(vendor, quote), await makeCollateral(vendor, choices)];
    return [
      under(vendor.root.certificate, evidence, JSON.parse(collateral) as Foreign),
      verifyEvidence({ evidence, collateral, at: WITHIN, roots }).verdict,
    ];
  };
  // The other one compares the module's own two numbers with the level's, too.
  const level = (status: string, advisories: readonly string[] = []): CollateralChoices => {
    const made = levelAt(5, status, advisories) as { tcb: { tdxtcbcomponents: { svn: number }[] } };
    const tdxtcbcomponents = made.tcb.tdxtcbcomponents.map(({ svn }, i) => ({ svn: i < 2 ? 0 : svn }));
    return { levels: [{ ...made, tcb: { ...made.tcb, tdxtcbcomponents } }] };
  };
  const fine = level('UpToDate');
  expect(await both({}, fine)).toEqual(['UpToDate', 'accepted']);
  expect(await both({ mrSignerSeam: '01'.repeat(48) }, fine)).toEqual(['UpToDate', 'refused']);
  expect(await both({ teeTcbSvn: `0509${'05'.repeat(14)}` }, fine)).toEqual(['UpToDate', 'refused']);
  expect(await both({}, level('OutOfDate', ['INTEL-SA-00001']))).toEqual(['OutOfDate', 'refused']);
});

if (!hasSamples) {
  test('evidence made here is refused by an implementation that has the real root', async () => {
    const vendor = await makeVendor();
    expect(other(makeQuote(vendor), JSON.parse(await makeCollateral(vendor)), WITHIN)).toMatch(/^error/);
  });
} else {
  const at = new Date('2025-07-01T00:00:00Z');
  const evidence = sample('tdx_v4_quote.bin');
  const collateral = JSON.parse(sampleText('tdx_v4_quote_collateral.json')) as Foreign;

  test('both accept the real quote', () => {
    expect(other(evidence, collateral, at)).toBe('UpToDate');
    expect(ours(evidence, collateral, at)).toBe('accepted');
  });

  test.each<[string, Foreign, Buffer]>([
    ['an empty revocation list', { ...collateral, pck_crl: '' }, evidence],
    ['a revocation list that is none', { ...collateral, root_ca_crl: '00ff00ff' }, evidence],
    ['a list of another authority', { ...collateral, pck_crl: collateral.root_ca_crl as string }, evidence],
    ['bytes behind the quote', collateral, Buffer.concat([evidence, Buffer.from('more')])],
  ])('%s is refused here, where the other one sees nothing wrong', (_, given, quote) => {
    expect(ours(quote, given, at)).toBe('refused');
    expect(other(quote, given, at)).toBe('UpToDate');
  });

  test('both refuse a changed text of TCB info', () => {
    const given = { ...collateral, tcb_info: (collateral.tcb_info as string).replace('"svn":5', '"svn":1') };
    expect(ours(evidence, given, at)).toBe('refused');
    expect(other(evidence, given, at)).toMatch(/^error/);
  });
}
