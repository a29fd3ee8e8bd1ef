import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  boundReasons,
  commandLineDigest,
  digestsOf,
  type EvidenceKind,
  eventLogReasons,
  fileDigest,
  firmwareMrtd,
  HARDWARE_LABEL,
  imageDigest,
  kindOf,
  type Policy,
  REGISTERS,
  type Reason,
  Refusal,
  readEventLog,
  readPolicy,
  replayed,
  type Verdict,
  verifyEvidence,
} from '@atoma/attest';
import { isAtomaError, toHex } from '@atoma/base';
import { evidenceHash, gpuHash, isEvidenceDocument, lookAtEvidence, readDocument, reportData } from '@atoma/sdk';
import { confidentialPolicy } from '../buyer/confidential.ts';
import { keptEvaluations } from '../buyer/evaluations.ts';
import { given } from '../chain/given.ts';
import { openSession } from '../chain/session.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import { rowLines } from '../kernel/lines.ts';
import { writeNamedFile } from '../kernel/write-file.ts';
import type { attestEventsFlags, attestShowFlags, attestVerifyFlags } from './flags.ts';

type Values = Parameters<Handler<typeof attestVerifyFlags>>[1];
type EventValues = Parameters<Handler<typeof attestEventsFlags>>[1];

const readBytes = (run: Run, file: string): Buffer => {
  try {
    return readFileSync(resolve(run.io.cwd, file));
  } catch (error) {
    throw cliError('FILE_UNREADABLE', { file, why: (error as Error).message }, error);
  }
};
const readText = (run: Run, file: string | undefined): string | undefined =>
  file === undefined ? undefined : readBytes(run, file).toString('utf8');

const timeOf = (text: string | undefined): Date => {
  const at = text === undefined ? new Date() : new Date(/^[0-9]+$/.test(text) ? Number(text) * 1_000 : text);
  if (Number.isNaN(at.getTime()))
    throw cliError('BAD_VALUE', {
      flag: '--at',
      why: `${text} is no time`,
      hint: 'Write it like 2026-07-01T12:00:00Z.',
    });
  return at;
};

type Outcome = Omit<Verdict, 'kind'> & { readonly kind: EvidenceKind | 'unknown' };

/** The parts of a node's own document. Throws `Refusal` for one that cannot be read. */
const openDocument = (file: Buffer) => {
  try {
    const { document, binding } = readDocument(file);
    if (binding.kind === 'rehearsal')
      throw new Refusal(
        'product',
        'The evidence is of a rehearsal, which no hardware protects: `attest show` tells more of it.',
      );
    if (!Buffer.from(gpuHash(document.gpu)).equals(binding.gpuHash))
      throw new Refusal(
        'report_data',
        'The evidence of the GPUs is not the one the document names: it belongs to another environment.',
      );
    if (kindOf(Buffer.from(document.quote)) !== binding.kind)
      throw new Refusal('malformed', `The quote is not of the kind the document names (${binding.kind}).`);
    return {
      quote: Buffer.from(document.quote),
      collateral: Buffer.from(document.collateral).toString('utf8'),
      eventLog: Buffer.from(document.eventLog),
      reportData: toHex(reportData(document.binding, document.nonce)),
      binding,
    };
  } catch (error) {
    if (!isAtomaError(error, 'WIRE_MALFORMED')) throw error;
    throw new Refusal('malformed', `The node's evidence cannot be read: ${error.details.why}`, error);
  }
};

/** A verdict with more reasons against the evidence. */
const withReasons = (verdict: Verdict, more: readonly Reason[]): Verdict =>
  more.length === 0 ? verdict : { ...verdict, verdict: 'refused', reasons: [...verdict.reasons, ...more] };

/** What a document adds to the verdict on its quote. */
const withDocument = (verdict: Verdict, own: ReturnType<typeof openDocument>, policy: Policy | undefined): Verdict => {
  const reasons: Reason[] = [];
  if (verdict.claims.report_data !== own.reportData)
    reasons.push({
      code: 'report_data',
      text: 'The report is over other keys than the document names: it belongs to another environment.',
    });
  if (policy) for (const text of boundReasons(policy, own.binding)) reasons.push({ code: 'measurement', text });
  return withReasons(verdict, reasons);
};

/** Certificates as PEM, whether they came so or as AMD's service gives them (DER). */
const pemOf = (bytes: Buffer): string =>
  bytes[0] === 0x30
    ? `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`
    : bytes.toString('utf8');

const judged = (run: Run, flags: Values, at: Date): Outcome => {
  const policyText = readText(run, flags.policy);
  const collateral = readText(run, flags.collateral);
  const log = flags.log === undefined ? undefined : readBytes(run, flags.log);
  const certificates = flags.cert?.map((file) => pemOf(readBytes(run, file))).join('\n');
  try {
    const file = readBytes(run, flags.file);
    const own = isEvidenceDocument(file) ? openDocument(file) : undefined;
    const policy = policyText === undefined ? undefined : readPolicy(policyText);
    const verdict = verifyEvidence({
      evidence: own?.quote ?? file,
      at,
      allowMilan: flags.allowMilan,
      ...given({ policy }),
      // judging as of another time neither knows nor teaches what was seen since
      ...given({ evaluations: flags.at === undefined ? keptEvaluations(run.settings) : undefined }),
      ...given({ eventLog: log ?? own?.eventLog }),
      ...given({ collateral: collateral ?? own?.collateral, certificates: certificates ?? own?.collateral }),
    });
    // A log that somebody names is a question of its own; the one of a document only helps a policy that names events.
    const asked = log && verdict.claims.rtmr0 ? withReasons(verdict, eventLogReasons(log, verdict.claims)) : verdict;
    return own === undefined ? asked : withDocument(asked, own, policy);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const reasons = [{ code: error.code, text: error.message }];
    return { kind: 'unknown', verdict: 'refused', reasons, measurements: 'not judged', claims: {} };
  }
};

/** `atoma attest verify` */
export const verify: Handler<typeof attestVerifyFlags> = async (run, flags) => {
  const at = timeOf(flags.at);
  const { kind, verdict, reasons, measurements, claims } = judged(run, flags, at);
  return {
    data: {
      verdict,
      kind,
      at: at.toISOString(),
      reasons: reasons.map((each) => ({ ...each })),
      measurements,
      claims,
      note: HARDWARE_LABEL,
    },
    short: verdict,
    negative: verdict === 'refused',
    lines: (paint) => [
      paint.bold(`${kind}: ${verdict}`),
      ...reasons.map(({ text }) => `  ${text}`),
      ...rowLines(paint, Object.entries(claims)),
      ...(measurements === 'not judged' ? ['Measurements were not judged: give a policy with --policy.'] : []),
      `${HARDWARE_LABEL.charAt(0).toUpperCase()}${HARDWARE_LABEL.slice(1)}.`,
    ],
  };
};

const printable = (data: Buffer): string =>
  data
    .toString('latin1')
    .replaceAll('\0', '')
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, 80);

/** Digests of what was named, by name. */
const namedDigests = (run: Run, { image, initrd, cmdline }: EventValues): Readonly<Record<string, string>> =>
  given({
    image: image === undefined ? undefined : imageDigest(readBytes(run, image)),
    initrd: initrd === undefined ? undefined : fileDigest(readBytes(run, initrd)),
    cmdline: cmdline === undefined ? undefined : commandLineDigest(cmdline),
  }) as Record<string, string>;

/** `atoma attest events` */
export const events: Handler<typeof attestEventsFlags> = async (run, flags) => {
  try {
    const found = readEventLog(readBytes(run, flags.file));
    const named = Object.entries(namedDigests(run, flags));
    const rows = found.map(({ register, type, digest, data }) => ({
      ...{ register, type, digest },
      is: named.find(([, each]) => each === digest)?.[0] ?? null,
      says: printable(data),
    }));
    const missing = named.flatMap(([name]) => (rows.some(({ is }) => is === name) ? [] : [name]));
    const registers = Object.fromEntries(REGISTERS.map((name) => [name, replayed(digestsOf(found, name))]));
    return {
      data: { registers, events: rows, missing },
      negative: missing.length > 0,
      lines: (paint) => [
        ...rowLines(paint, Object.entries(registers)),
        ...rows.map(({ register, digest, is, says }) => `${register} ${digest} ${is === null ? says : paint.bold(is)}`),
        ...missing.map((name) => `not measured: ${name}`),
      ],
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw cliError('FILE_UNREADABLE', { file: flags.file, why: error.message }, error);
  }
};

/** `atoma attest show` */
export const show: Handler<typeof attestShowFlags> = async (run, { node, policy, save }) => {
  const { chain, atoma } = await openSession(run, 'reading');
  const shown = await lookAtEvidence({
    atoma,
    nodeSmallId: node,
    policy: await confidentialPolicy(run, chain.network, policy),
    allowPrivate: chain.network.kind !== 'public',
  });
  const { binding, refused, label } = shown;
  if (save !== undefined) writeNamedFile(resolve(run.io.cwd, save), shown.bytes);
  const time = (ms: number): string => new Date(ms).toISOString();
  const verdict = refused === null ? 'accepted' : 'refused';
  return {
    data: {
      node_small_id: Number(node),
      url: shown.url,
      kind: binding.kind,
      verdict,
      why: refused,
      label,
      enclave_key: toHex(binding.enclaveKey),
      evidence_hash: toHex(evidenceHash(shown.bytes)),
      committed: shown.committed,
      checkpoint: String(binding.checkpoint),
      config_hash: toHex(binding.configHash),
      weights_root: toHex(binding.weightsRoot),
      gpu: shown.document.gpu.length > 0,
      channel_keys: shown.keys.map((key) => ({
        kid: key.kid,
        not_before: time(key.notBeforeMs),
        not_after: time(key.notAfterMs),
        signed: key.signed,
      })),
    },
    short: verdict,
    negative: refused !== null,
    lines: (paint) => [
      paint.bold(`node ${node}, ${binding.kind}: ${verdict}`),
      ...(refused === null ? [] : [`  ${refused}`]),
      ...rowLines(paint, [
        ...(label === null ? [] : [['note', label] as const]),
        ['address', shown.url],
        ['enclave key', toHex(binding.enclaveKey)],
        ['on chain', shown.committed ? 'its hash is committed' : 'another hash, or none, is committed'],
        ['made after', `checkpoint ${binding.checkpoint}`],
        ...shown.keys.map(
          ({ kid, notAfterMs }) => ['seals to', `${kid.slice(0, 16)}… until ${time(notAfterMs)}`] as const,
        ),
      ]),
    ],
  };
};

/** What a policy to start from allows: nothing but up-to-date hardware, and images whose values are to be filled in. */
const STARTS: Readonly<Record<EvidenceKind, object>> = {
  tdx: { mrtd: '00'.repeat(48), rtmr0: '00'.repeat(48), rtmr1: '00'.repeat(48), rtmr2: '00'.repeat(48) },
  sgx: { mrenclave: '00'.repeat(32) },
  snp: { measurement: '00'.repeat(48) },
  nitro: { pcr0: '00'.repeat(48), pcr1: '00'.repeat(48), pcr2: '00'.repeat(48) },
};

const report = (policy: Policy): Report => {
  const text = JSON.stringify(policy, null, 2);
  return { data: { policy: JSON.parse(text) }, short: text, lines: () => [text] };
};

interface PolicyValues {
  readonly file: string | undefined;
  readonly firmware: string | undefined;
  readonly kind: EvidenceKind | undefined;
}

/** A policy to start from; of a firmware one entry for each order in which hosts may have measured it. */
const startingPolicy = (run: Run, { firmware, kind = 'tdx' }: PolicyValues): Policy => {
  if (firmware === undefined) return readPolicy(JSON.stringify({ measurements: { [kind]: [STARTS[kind]] } }));
  if (kind !== 'tdx')
    throw cliError('USAGE', {
      what: `--firmware is measured by TDX alone, not by ${kind}.`,
      hint: 'Leave --kind out.',
    });
  const { pageByPage, sectionBySection } = firmwareMrtd(readBytes(run, firmware));
  const tdx = [pageByPage, sectionBySection].map((mrtd) => ({ ...STARTS.tdx, mrtd }));
  return readPolicy(JSON.stringify({ measurements: { tdx } }));
};

/** `atoma attest policy` */
export const policy = async (run: Run, flags: PolicyValues): Promise<Report> => {
  if (flags.file !== undefined && flags.firmware !== undefined)
    throw cliError('USAGE', {
      what: 'A policy is checked, or made of a firmware: not both.',
      hint: 'Leave one of them out.',
    });
  try {
    if (flags.file === undefined) return report(startingPolicy(run, flags));
    return report(readPolicy(readText(run, flags.file) ?? ''));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const file = flags.file ?? flags.firmware ?? '';
    throw cliError('FILE_UNREADABLE', { file, why: error.message }, error);
  }
};
