import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake2b256, toHex } from '@atoma/base';
import { readDocument } from '@atoma/sdk';
import { afterAll, expect, test } from 'vitest';
import { createConfidentialJudge, readEventLog, readPolicy, replayed, vendorRoots } from '../../../attest/src/index.ts';
import { makeEventLog } from '../../../attest/src/testing/event-logs.ts';
import { makeCollateral, makeQuote, makeVendor, WITHIN } from '../../../attest/src/testing/quotes.ts';
import { parseNodeConfig } from '../node-config.ts';
import { createChannel } from './channel.ts';
import { confidentialSchema, configuredEnvironment, rehearsalKey } from './configured.ts';
import { checkGpuClaims, gpuEvidence, NONCE, noGpu } from './gpu.ts';
import { gatewayFaults, guestFaults } from './guest.ts';
import { refuseRehearsal } from './rehearsal.ts';
import { type TsmParameters, tsmEnvironment } from './tsm.ts';

const folder = mkdtempSync(join(tmpdir(), 'atoma-guest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const none = new Uint8Array(32);
const reportData = new Uint8Array(64).fill(7);

/** What the kernel shows, recorded: the answer to a request that was made before. */
const recorded = (name: string, files: Readonly<Record<string, string | Uint8Array>>): string => {
  const entry = join(folder, name, 'atoma');
  mkdirSync(entry, { recursive: true });
  for (const [file, content] of Object.entries({ provider: 'tdx_guest\n', generation: '1\n', ...files }))
    writeFileSync(join(entry, file), content);
  return join(folder, name);
};
const environment = (more: Partial<TsmParameters> & { readonly folder: string }) =>
  tsmEnvironment({
    kind: 'tdx',
    collateralFile: join(folder, 'collateral'),
    eventLogFile: join(folder, 'CCEL'),
    configHash: none,
    weightsRoot: none,
    gpu: noGpu,
    ...more,
  });
writeFileSync(join(folder, 'collateral'), 'from the vendor');

test('a quote is read as the kernel gives it, and the request is what was asked', async () => {
  const at = recorded('good', { outblob: Buffer.concat([Buffer.from('quote'), reportData]) });
  const quoted = await environment({ folder: at }).quote(reportData);
  expect(Buffer.from(quoted.quote).toString('latin1')).toMatch(/^quote/);
  expect(Buffer.from(quoted.collateral).toString()).toBe('from the vendor');
  expect(new Uint8Array(readFileSync(join(at, 'atoma/inblob')))).toEqual(reportData);
});

test('the event log of the boot goes with the quote, without the filling of its memory', async () => {
  const at = recorded('logged', { outblob: reportData });
  const log = makeEventLog([{ index: 1, digest: '11'.repeat(48), data: '\0\0\0\0' }]);
  for (const filling of [0, 0xff]) {
    writeFileSync(join(folder, 'long-log'), Buffer.concat([log, Buffer.alloc(65_536 - log.length, filling)]));
    const { eventLog } = await environment({ folder: at, eventLogFile: join(folder, 'long-log') }).quote(reportData);
    expect(eventLog.length).toBeLessThan(log.length + 16);
    expect(readEventLog(Buffer.from(eventLog))).toEqual(readEventLog(log));
  }
  writeFileSync(join(folder, 'long-log'), Buffer.alloc(65_536, 7));
  expect(
    (await environment({ folder: at, eventLogFile: join(folder, 'long-log') }).quote(reportData)).eventLog.length,
  ).toBe(0);
  expect((await environment({ folder: at }).quote(reportData)).eventLog.length).toBe(0);
});

test.each([
  ['another kind of hardware', { provider: 'sev_guest\n', outblob: reportData }, {}, /answers as sev_guest/],
  ['a quote over other bytes', { outblob: new Uint8Array(64) }, {}, /signed other bytes/],
  ['no answer', {}, {}, /the report cannot be read/],
  ['no collateral', { outblob: reportData }, { collateralFile: join(folder, 'missing') }, /collateral cannot be read/],
])('no evidence is made of %s', async (name, files, more, why) => {
  const at = recorded(name.replaceAll(' ', '-'), files);
  await expect(environment({ folder: at, ...more }).quote(reportData)).rejects.toThrow(why);
});

test('a TDX guest from its kernel to the buyer’s verdict: document, binding, report, policy', async () => {
  const vendor = await makeVendor();
  const collateralFile = join(folder, 'intel.json');
  writeFileSync(collateralFile, await makeCollateral(vendor));
  const at = recorded('tdx', {});
  const events = ['aa', 'bb'].map((byte) => byte.repeat(48));
  writeFileSync(join(folder, 'boot'), makeEventLog(events.map((digest) => ({ index: 2, digest }))));
  // The test's hardware signs what was asked for, when it is read; the folder alone can only replay.
  const inner = environment({ folder: at, collateralFile, eventLogFile: join(folder, 'boot') });
  const signing = {
    ...inner,
    quote: (data: Uint8Array) => {
      writeFileSync(
        join(at, 'atoma/outblob'),
        makeQuote(vendor, {
          reportData: toHex(data),
          rtmr: ['33'.repeat(48), replayed(events), ...['55', '66'].map((byte) => byte.repeat(48))],
        }),
      );
      return inner.quote(data);
    },
  };
  const identity = { chainId: none, packageId: none, node: 5n };
  const channel = createChannel(signing, identity, () => WITHIN.getTime());
  await channel.renew({ sequence: 4n, digest: none });
  const nonce = new Uint8Array(32).fill(3);
  const { document: text } = await channel.describe(nonce);
  const { document, binding } = readDocument(Buffer.from(String(text), 'base64'));
  expect([binding.kind, binding.node, binding.checkpoint]).toEqual(['tdx', 5n, 4n]);

  const over = Buffer.concat([blake2b256(document.binding), nonce]);
  const measurements = {
    tdx: [
      {
        mrtd: '22'.repeat(48),
        rtmr0: '33'.repeat(48),
        rtmr1: [events[0], ['cc'.repeat(48), events[1]]],
        rtmr2: '55'.repeat(48),
        mrconfigid: '00'.repeat(48),
        mrowner: '00'.repeat(48),
        mrownerconfig: '00'.repeat(48),
      },
    ],
  };
  const judge = createConfidentialJudge({
    policy: readPolicy(JSON.stringify({ measurements })),
    roots: { ...vendorRoots(), intel: vendor.root.certificate },
  });
  const { configHash, weightsRoot } = binding;
  const { quote, collateral, eventLog } = document;
  const evidence = { kind: 'tdx' as const, quote, collateral, eventLog, configHash, weightsRoot, at: WITHIN };
  expect(judge({ ...evidence, reportData: over })).toEqual({
    kind: 'accepted',
    label: 'tdx: checked against public samples; not run on such hardware by us',
  });
  const narrow = (more: object) =>
    createConfidentialJudge({
      policy: readPolicy(JSON.stringify({ measurements, ...more })),
      roots: { ...vendorRoots(), intel: vendor.root.certificate },
    })({ ...evidence, reportData: over });
  expect(narrow({ config_hashes: [toHex(configHash)], weights_roots: [toHex(weightsRoot)] }).kind).toBe('accepted');
  expect(narrow({ config_hashes: ['11'.repeat(32)], weights_roots: [] })).toEqual({
    kind: 'refused',
    reasons: [expect.stringContaining("operator's configuration"), expect.stringContaining('the weights')],
  });
  expect(judge({ ...evidence, reportData: new Uint8Array(64) })).toMatchObject({
    kind: 'refused',
    reasons: [expect.stringContaining('belongs to another environment')],
  });
  const lies = makeEventLog([{ index: 2, digest: 'cc'.repeat(48) }]);
  expect(judge({ ...evidence, eventLog: lies, reportData: over })).toMatchObject({
    kind: 'refused',
    reasons: [expect.stringContaining('not on the list of your policy (of its closest entry differ: rtmr1)')],
  });
  // A policy of plain registers asks no log: what a guest's programs measured later, or bytes that are none, change nothing.
  const plain = createConfidentialJudge({
    policy: readPolicy(
      JSON.stringify({ measurements: { tdx: [{ ...measurements.tdx[0], rtmr1: replayed(events) }] } }),
    ),
    roots: { ...vendorRoots(), intel: vendor.root.certificate },
  });
  for (const log of [lies, Buffer.from('no log'), Buffer.alloc(0)])
    expect(plain({ ...evidence, eventLog: log, reportData: over }).kind).toBe('accepted');
  expect(judge({ ...evidence, eventLog: new Uint8Array(), reportData: over })).toMatchObject({ kind: 'refused' });
  expect(judge({ ...evidence, kind: 'snp', reportData: over })).toMatchObject({ kind: 'refused' });
  expect(createConfidentialJudge({})({ ...evidence, reportData: over })).toMatchObject({
    kind: 'refused',
    reasons: ['No policy names the images and machines that are accepted.'],
  });
});

const claims = (more: object = {}) => ({
  measres: 'success',
  eat_nonce: toHex(none),
  secboot: true,
  dbgstat: 'disabled',
  hwmodel: 'GH100 A01 GSP BROM',
  ueid: '4577',
  'x-nvidia-device-type': 'gpu',
  'x-nvidia-gpu-attestation-report-nonce-match': true,
  'x-nvidia-gpu-attestation-report-signature-verified': true,
  'x-nvidia-gpu-driver-rim-cert-chain': { 'x-nvidia-cert-ocsp-status': 'good', 'x-nvidia-cert-status': 'valid' },
  'x-nvidia-mismatch-measurement-records': null,
  ...more,
});
const said = (...all: readonly object[]): string => JSON.stringify({ result_code: 0, claims: all });

test('the GPU’s tool is believed for the devices, the nonce and the state it names', () => {
  expect(() => checkGpuClaims(said(claims()), none, 1)).not.toThrow();
  const link = {
    ...{ 'x-nvidia-device-type': 'switch', ueid: '4578' },
    'x-nvidia-switch-attestation-report-nonce-match': true,
    'x-nvidia-switch-attestation-report-signature-verified': true,
  };
  expect(() => checkGpuClaims(said(claims(), claims(link)), none, 2)).not.toThrow();
});

test.each([
  ['no JSON', 'Segmentation fault', 1, /no JSON/],
  ['its own failure', JSON.stringify({ result_code: 3, claims: [claims()] }), 1, /result_code/],
  ['a measurement that failed', said(claims({ measres: 'fail' })), 1, /measres/],
  ['developer tools', said(claims({ dbgstat: 'enabled' })), 1, /dbgstat/],
  ['no secure boot', said(claims({ secboot: null })), 1, /secboot/],
  ['another nonce', said(claims({ eat_nonce: '11'.repeat(32) })), 1, /another nonce/],
  ['fewer devices than are in use', said(claims()), 2, /1 devices, and 2/],
  ['no device', said(), 1, /claims/],
  ['one device told twice', said(claims(), claims()), 2, /twice/],
  ['no id of the device', said(claims({ ueid: undefined })), 1, /ueid/],
  ...['nonce-match', 'signature-verified'].flatMap((what): [string, string, number, RegExp][] => [
    [
      `a report without ${what}`,
      said(claims({ [`x-nvidia-gpu-attestation-report-${what}`]: undefined })),
      1,
      RegExp(what),
    ],
    [
      `a report whose ${what} failed`,
      said(claims({ [`x-nvidia-gpu-attestation-report-${what}`]: false })),
      1,
      RegExp(what),
    ],
  ]),
  ['claims of a switch that are a GPU’s', said(claims({ 'x-nvidia-device-type': 'switch' })), 1, /x-nvidia-switch/],
  ['another kind of device', said(claims({ 'x-nvidia-device-type': 'toaster' })), 1, /device-type/],
  ['any claim that is false', said(claims({ 'x-nvidia-gpu-driver-rim-version-match': false })), 1, /rim-version/],
  [
    'a certificate that was revoked',
    said(claims({ 'x-nvidia-gpu-driver-rim-cert-chain': { 'x-nvidia-cert-ocsp-status': 'revoked' } })),
    1,
    /ocsp-status/,
  ],
  ['records that differ', said(claims({ 'x-nvidia-mismatch-measurement-records': [{ index: 3 }] })), 1, /mismatch/],
])('the GPU’s tool is not believed with %s', (_, text, gpus, why) => {
  expect(() => checkGpuClaims(text, none, gpus)).toThrow(why);
});

const sample = join(import.meta.dirname, '../../../../../shared/data/attestation/gpu_claims_h100.json');
test.runIf(existsSync(sample))('what NVIDIA’s tool said of a real H100 is believed, and not with a claim less', () => {
  const nonce = Buffer.alloc(32, 0x11);
  const text = readFileSync(sample, 'utf8');
  expect(() => checkGpuClaims(text, nonce, 1)).not.toThrow();
  expect(() => checkGpuClaims(text, none, 1)).toThrow(/another nonce/);
  for (const name of [
    'measres',
    'eat_nonce',
    'secboot',
    'dbgstat',
    'ueid',
    'x-nvidia-gpu-attestation-report-nonce-match',
  ])
    expect(() => checkGpuClaims(text.replace(`"${name}"`, '"other"'), nonce, 1), name).toThrow();
  for (const [i, { index }] of [...text.matchAll(/: true/g)].entries()) {
    const changed = `${text.slice(0, index)}: false${text.slice(index + 6)}`;
    expect(() => checkGpuClaims(changed, nonce, 1), `claim ${i}`).toThrow(/does not vouch/);
  }
});

test('the tool runs as a process, with the nonce among its arguments; a failure is one', async () => {
  const script = `const [nonce] = process.argv.slice(1); console.log(JSON.stringify({ result_code: 0, claims: [{ ...${JSON.stringify(claims())}, eat_nonce: nonce }] }))`;
  const nonce = new Uint8Array(32).fill(5);
  const evidence = await gpuEvidence([process.execPath, '-e', script, NONCE], 1)(nonce);
  expect(Buffer.from(evidence).toString()).toContain(toHex(nonce));
  await expect(gpuEvidence([process.execPath, '-e', 'process.exit(3)'], 1)(nonce)).rejects.toThrow(/failed/);
  await expect(gpuEvidence(['/nowhere/tool'], 1)(nonce)).rejects.toThrow(/ENOENT/);
});

const closed = {
  execArgv: ['--max-semi-space-size=16'],
  nodeOptions: '',
  variables: ['PATH', 'HOME'],
  limits: 'Max core file size        0                    0                    bytes     \n',
  swaps: 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
};

test('a guest that would write or show its memory is refused, with what to do', () => {
  expect(guestFaults(closed)).toEqual([]);
  expect(guestFaults({ ...closed, execArgv: ['--inspect=0'] })).toEqual([expect.stringContaining('inspector')]);
  const looking = [
    '--heapsnapshot-signal=SIGUSR2',
    '-r ./spy.js',
    '--experimental-loader=./spy.mjs',
    '--report-on-fatalerror',
    '--abort-on-uncaught-exception',
    '--tls-keylog=/tmp/keys',
    '--env-file=.env',
    '--max-old-space-size=4096 --inspect-brk',
    '--heap_prof',
    '--max-old-space-size 4096 --cpu-prof',
    './spy.js',
    '--no-warnings "--inspect"',
    '--unhandled-rejections=warn',
  ];
  for (const nodeOptions of looking) expect(guestFaults({ ...closed, nodeOptions }), nodeOptions).toHaveLength(1);
  const named = guestFaults({ ...closed, nodeOptions: '--no-warnings --require=/tmp/a,secret.js' });
  expect(named).toEqual([expect.stringContaining('start without --require.')]);
  expect(guestFaults({ ...closed, variables: ['PATH', 'NODE_DEBUG'] })).toEqual([
    expect.stringContaining('start without NODE_DEBUG.'),
  ]);
  const harmless = [
    '--max_old_space_size=4096',
    '--max-old-space-size 4096 --no-deprecation',
    '--disable-warning=ExperimentalWarning --use-openssl-ca',
    '--dns-result-order=ipv4first --stack-trace-limit=50',
  ];
  for (const nodeOptions of harmless) expect(guestFaults({ ...closed, nodeOptions }), nodeOptions).toEqual([]);
  for (const name of ['NODE_DEBUG', 'NODE_V8_COVERAGE', 'SSLKEYLOGFILE'])
    expect(guestFaults({ ...closed, variables: [name] }), name).toHaveLength(1);
  expect(guestFaults({ ...closed, limits: closed.limits.replaceAll(' 0 ', ' unlimited ') })).toEqual([
    expect.stringContaining('ulimit'),
  ]);
  expect(guestFaults({ ...closed, swaps: `${closed.swaps}/dev/sda2 partition 8 0 -2\n` })).toEqual([
    expect.stringContaining('swapoff'),
  ]);
  const own = {
    ...closed,
    limits: closed.limits.replace(/0(?= +bytes)/, 'unlimited'),
    swaps: `${closed.swaps}/dev/sda2 partition 8 0 -2\n`,
  };
  expect(gatewayFaults(own)).toEqual([]);
  expect(gatewayFaults({ ...own, nodeOptions: '--inspect', limits: own.limits.replace(' 0 ', ' unlimited ') })).toEqual(
    [expect.stringContaining('inspector'), expect.stringContaining('`ulimit -c 0`')],
  );
});

test('the section of the configuration: kinds, files, and engines that stay inside', () => {
  const read = (confidential: unknown, models: unknown[] = []) =>
    parseNodeConfig({ confidential, models }, 'node.yaml');
  expect(read({ evidence: 'rehearsal' }).confidential).toEqual({ evidence: 'rehearsal' });
  expect(read({ evidence: 'tdx', collateral_file: '/c' }).confidential).toMatchObject({
    report_folder: '/sys/kernel/config/tsm/report',
  });
  expect(() => read({ evidence: 'tdx' })).toThrow(/collateral_file/);
  expect(() => read({ evidence: 'sgx' })).toThrow(/confidential/);
  const served = (url: string) => [{ name: 'm', roles: [0], context_length: 1, targets: [{ url }] }];
  expect(() => read({ evidence: 'rehearsal' }, served('http://10.0.0.7:8000'))).toThrow(/outside of the confidential/);
  expect(read({ evidence: 'rehearsal' }, served('http://127.0.0.1:8000')).models).toHaveLength(1);
});

test('a node rehearses on no public network; hardware serves everywhere', () => {
  for (const network of ['mainnet', 'testnet', 'devnet'])
    expect(() => refuseRehearsal({ kind: 'rehearsal' }, network)).toThrow(`refused on ${network}`);
  for (const network of ['embedded', 'localnet', 'up'])
    expect(() => refuseRehearsal({ kind: 'rehearsal' }, network)).not.toThrow();
  expect(() => refuseRehearsal({ kind: 'tdx' }, 'mainnet')).not.toThrow();
});

test('the development root is made once, for its owner alone; a damaged one is refused', () => {
  const path = join(folder, 'new/rehearsal.key');
  const key = rehearsalKey(path);
  expect(rehearsalKey(path)).toEqual(key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const made = configuredEnvironment(confidentialSchema.parse({ evidence: 'rehearsal' }), {}, path, '1');
  expect(made).toMatchObject({ kind: 'rehearsal', label: 'rehearsal: no hardware protects this' });
  writeFileSync(path, 'short');
  expect(() => rehearsalKey(path)).toThrow(/no key of 64 hex digits/);
});
