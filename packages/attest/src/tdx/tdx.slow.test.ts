import { beforeAll, expect, test } from 'vitest';
import { verifyEvidence } from '../index.ts';
import { type Roots, vendorRoots } from '../roots.ts';
import { makeCrl, makeHolder } from '../testing/authority.ts';
import {
  type CollateralChoices,
  FORCE,
  levelAt,
  makeCollateral,
  makeQuote,
  makeVendor,
  type QuoteChoices,
  type Vendor,
  WITHIN,
} from '../testing/quotes.ts';

let vendor: Vendor;
let roots: Roots;
beforeAll(async () => {
  vendor = await makeVendor();
  roots = { ...vendorRoots(), intel: vendor.root.certificate };
});

const check = async (quote: QuoteChoices | Buffer = {}, collateral: CollateralChoices = {}, at = WITHIN) =>
  verifyEvidence({
    evidence: Buffer.isBuffer(quote) ? quote : makeQuote(vendor, quote),
    collateral: await makeCollateral(vendor, collateral),
    at,
    roots,
  });
const reasons = async (...p: Parameters<typeof check>) =>
  (await check(...p)).reasons.map(({ code, text }) => `${code}: ${text}`);

test.each([4, 5] as const)('a quote of version %s that keeps every rule is accepted', async (version) => {
  expect(await check({ version })).toMatchObject({
    kind: 'tdx',
    verdict: 'accepted',
    reasons: [],
    measurements: 'not judged',
    claims: { mrtd: '22'.repeat(48), rtmr3: '66'.repeat(48), tcb_status: 'UpToDate', fmspc: '90c06f000000' },
  });
});

const bit = (n: number): bigint => 1n << BigInt(n);
const base = bit(28);

test.each<[string, QuoteChoices, string]>([
  ['DEBUG', { tdAttributes: base | 1n }, 'debug'],
  ...[1, 2, 3, 4, 5, 6, 7].map((n): [string, QuoteChoices, string] => [
    `debug group bit ${n}`,
    { tdAttributes: base | bit(n) },
    'debug',
  ]),
  ...[8, 15, 27, 32, 62].map((n): [string, QuoteChoices, string] => [
    `reserved bit ${n}`,
    { tdAttributes: base | bit(n) },
    'attributes',
  ]),
  ['MIGRATABLE', { tdAttributes: base | bit(29) }, 'attributes'],
  ['no SEPT_VE_DISABLE', { tdAttributes: 0n }, 'attributes'],
  ['XFAM without SSE', { xfam: 0x1n }, 'attributes'],
  ['XFAM with an unknown feature', { xfam: 0x6_02e7n | bit(40) }, 'attributes'],
  ['a module signed by somebody', { mrSignerSeam: '01'.repeat(48) }, 'identity'],
  ['a service domain', { version: 5, mrServiceTd: '01'.repeat(48) }, 'attributes'],
  ['an old module', { teeTcbSvn: `0401${'05'.repeat(14)}` }, 'tcb'],
  ['an unknown module', { teeTcbSvn: `0509${'05'.repeat(14)}` }, 'identity'],
  ['old firmware', { teeTcbSvn: `0501${'04'.repeat(14)}` }, 'tcb'],
  ['an old quoting enclave', { qeIsvSvn: 3 }, 'tcb'],
  ['a quoting enclave in debug mode', { qeAttributes: `13${'00'.repeat(15)}` }, 'identity'],
])('%s is refused', async (_, quote, code) => {
  expect((await check(quote)).reasons.map((reason) => reason.code)).toContain(code);
});

test('levels are judged by their versions, in whatever order they come', async () => {
  const levels = [levelAt(1, 'OutOfDate', ['INTEL-SA-00001']), levelAt(5, 'UpToDate'), levelAt(3, 'SWHardeningNeeded')];
  expect((await check({}, { levels })).verdict).toBe('accepted');
  expect(await reasons({}, { levels: [levelAt(6, 'UpToDate'), levelAt(2, 'OutOfDate', ['INTEL-SA-00002'])] })).toEqual([
    "tcb: The machine's firmware is out of date since 2025-05-14 (TCB OutOfDate, advisories INTEL-SA-00002); your policy allows UpToDate.",
  ]);
});

test('an old evaluation with new dates is refused, and judged by the day', async () => {
  expect(await reasons({}, { evaluation: 17 })).toEqual([
    "evaluation: The vendor's judgement of the machine is an old one (evaluation 17); 18 is the least for 2026-03-15.",
  ]);
  const force = { from: '2025-03-01T00:00:00Z', until: '2025-03-31T00:00:00Z' };
  expect(await reasons({}, { evaluation: 16, force }, new Date('2025-03-10'))).toEqual([]);
});

test('who has seen a newer evaluation of a family accepts no older one', async () => {
  const seen = new Map<string, number>();
  const evaluations = {
    highest: (fmspc: string) => seen.get(fmspc) ?? 0,
    saw: (fmspc: string, number: number) => void seen.set(fmspc, Math.max(number, seen.get(fmspc) ?? 0)),
  };
  const under = async (evaluation: number) =>
    verifyEvidence({
      evidence: makeQuote(vendor),
      collateral: await makeCollateral(vendor, { evaluation }),
      at: WITHIN,
      roots,
      evaluations,
    });
  expect((await under(20)).verdict).toBe('accepted');
  expect([...seen]).toEqual([['90c06f000000', 20]]);
  expect((await under(19)).reasons.map(({ text }) => text)).toEqual([
    "The vendor's judgement of the machine is an old one (evaluation 19); 20 is the least for 2026-03-15.",
  ]);
  expect((await under(20)).verdict).toBe('accepted');
});

test('collateral shown by who has no machine of the family teaches nothing: it would lock honest machines out', async () => {
  const told: string[] = [];
  const evaluations = { highest: () => 0, saw: (fmspc: string) => void told.push(fmspc) };
  const stranger = await makeVendor();
  const shown = async (quote: Buffer, choices: CollateralChoices = {}) =>
    verifyEvidence({
      evidence: quote,
      collateral: await makeCollateral(vendor, choices),
      at: WITHIN,
      roots,
      evaluations,
    });
  expect((await shown(makeQuote(stranger), { evaluation: 99 })).verdict).toBe('refused');
  expect((await shown(makeQuote(vendor), { evaluation: 99, info: { fmspc: '000000000000' } })).verdict).toBe('refused');
  expect(told).toEqual([]);
  expect((await shown(makeQuote(vendor))).verdict).toBe('accepted');
  expect(told).toEqual(['90c06f000000']);
});

test('a revocation list of another authority of the same name does not stand for the machine’s', async () => {
  const namesake = await makeHolder({ name: 'Test PCK Platform CA', issuer: vendor.root, ca: true });
  const file = { pck_crl_issuer_chain: namesake.pem + vendor.root.pem, pck_crl: await makeCrl(namesake, FORCE) };
  expect(await reasons({}, { file })).toEqual([
    expect.stringMatching(/^collateral: The collateral has no revocation list/),
  ]);
});

test('dates are those of the judge', async () => {
  for (const day of ['2026-02-28', FORCE.until])
    expect((await check({}, {}, new Date(day))).reasons[0]?.code).toBe('clock');
  expect((await check({}, {}, new Date(FORCE.from))).verdict).toBe('accepted');
});

test('what the vendor revoked is refused', async () => {
  expect(await reasons({}, { revoked: ['00a1b2'] })).toEqual([
    'revoked: The vendor has revoked the certificate CN=Test PCK.',
  ]);
});

test('lists and texts signed by somebody else are refused', async () => {
  const stranger = await makeHolder({ name: 'Intel SGX TCB Signing' });
  expect((await check({}, { signer: stranger })).reasons[0]?.code).toBe('chain');
  expect((await check({}, { listSigner: stranger })).reasons[0]?.code).toBe('signature');
  const wrongName = await makeHolder({ name: 'Some Other Signer', issuer: vendor.root });
  expect((await check({}, { signer: wrongName })).reasons[0]?.code).toBe('chain');
});

test('a root that comes along is not the pinned one', async () => {
  const other = await makeVendor();
  const foreign = verifyEvidence({
    evidence: makeQuote(other),
    collateral: await makeCollateral(other),
    at: WITHIN,
    roots,
  });
  expect(foreign.verdict).toBe('refused');
  const mixed = await check(makeQuote(other));
  expect(mixed.reasons[0]?.code).toBe('chain');
});

test('collateral of another family, another environment, or in another form', async () => {
  expect((await check({}, { info: { fmspc: '000000000000' } })).reasons[0]?.code).toBe('collateral');
  expect((await check({}, { info: { id: 'SGX' } })).reasons[0]?.code).toBe('collateral');
  expect((await check({}, { info: { version: 2 } })).reasons[0]?.code).toBe('collateral');
  for (const collateral of ['', '[]', '{"tcb_info":1}', '{'.repeat(1_000)])
    expect(verifyEvidence({ evidence: makeQuote(vendor), collateral, at: WITHIN, roots }).verdict).toBe('refused');
});

test('no changed byte of a quote is accepted, none ends the program', async () => {
  const quote = makeQuote(vendor, { version: 5 });
  const collateral = await makeCollateral(vendor);
  const accepted: number[] = [];
  // the text of the certificates is changed at every seventh place: line ends and padding may differ without meaning
  const certificates = quote.indexOf('-----BEGIN');
  for (let at = 0; at < quote.length; at += at < certificates ? 1 : 7) {
    const changed = Buffer.from(quote);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    try {
      if (verifyEvidence({ evidence: changed, collateral, at: WITHIN, roots }).verdict === 'accepted')
        accepted.push(at);
    } catch (error) {
      expect((error as Error).name).toBe('Refusal');
    }
  }
  const header = accepted.filter((at) => at < certificates);
  expect(header).toEqual([]);
});

test('no cut quote is accepted, and bytes behind it are not', async () => {
  const quote = makeQuote(vendor);
  const collateral = await makeCollateral(vendor);
  for (let length = 8; length < quote.length; length += 13)
    expect(verifyEvidence({ evidence: quote.subarray(0, length), collateral, at: WITHIN, roots }).verdict).toBe(
      'refused',
    );
  expect((await check(Buffer.concat([quote, Buffer.of(1)]))).reasons[0]?.code).toBe('malformed');
  expect((await check(Buffer.concat([quote, Buffer.alloc(9)]))).verdict).toBe('accepted');
});

test('a policy judges measurements, machines and levels', async () => {
  const { readPolicy } = await import('../policy.ts');
  const evidence = makeQuote(vendor);
  const collateral = await makeCollateral(vendor, { levels: [levelAt(5, 'SWHardeningNeeded', ['INTEL-SA-00003'])] });
  const under = (policy: object) =>
    verifyEvidence({ evidence, collateral, at: WITHIN, roots, policy: readPolicy(JSON.stringify(policy)) });
  const image = { mrtd: '22'.repeat(48), rtmr0: '33'.repeat(48), rtmr1: '44'.repeat(48), rtmr2: '55'.repeat(48) };
  const fine = {
    tcb: ['UpToDate', 'SWHardeningNeeded'],
    advisories: ['INTEL-SA-00003'],
    measurements: { tdx: [image] },
  };
  expect(under(fine)).toMatchObject({ verdict: 'accepted', measurements: { mrtd: image.mrtd } });
  expect(under({ ...fine, machines: ['AB'.repeat(16)] }).verdict).toBe('accepted');
  const codes = (policy: object) => under(policy).reasons.map(({ code }) => code);
  expect(codes({ ...fine, machines: ['cd'.repeat(16)] })).toEqual(['machine']);
  expect(codes({ ...fine, advisories: [] })).toEqual(['tcb']);
  expect(codes({ ...fine, measurements: { tdx: [{ ...image, rtmr2: '00'.repeat(48) }] } })).toEqual(['measurement']);
  expect(codes({ ...fine, measurements: {} })).toEqual(['measurement']);
  expect(() => readPolicy('{"tcbs":[]}')).toThrow(/tcbs/);
  expect(() => readPolicy('{"tcb":["up to date"]}')).toThrow(/tcb\.0/);
});
