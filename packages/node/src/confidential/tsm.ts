/**
 * Quotes of real hardware, by Linux's configfs-tsm (Documentation/ABI/testing/configfs-tsm): a folder per request, the 64 bytes written to
 * `inblob`, the quote read from `outblob`. TDX and SEV-SNP guests have the same interface.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeError } from '../node-errors.ts';
import type { Environment, Quoted } from './environment.ts';

/** Where the kernel shows it. */
export const TSM_FOLDER = '/sys/kernel/config/tsm/report';

/** Where the kernel shows the event log of a TDX guest. */
export const CCEL = '/sys/firmware/acpi/tables/data/CCEL';
/** Longest log that a document holds, bytes. */
const MOST_LOG_BYTES = 30 * 1024;

/** The kernel's name of the module that answers, by kind of evidence. */
const PROVIDERS = { tdx: 'tdx_guest', snp: 'sev_guest' } as const;
const TRIES = 5;

/** How an environment of real hardware is reached. */
export interface TsmParameters {
  readonly kind: 'tdx' | 'snp';
  /** Default: {@link TSM_FOLDER}. */
  readonly folder?: string;
  /** File with Intel's collateral (JSON) or AMD's certificates (PEM); read anew for every quote, so that it can be replaced. */
  readonly collateralFile: string;
  /** What the boot measured; default: {@link CCEL}, where the firmware leaves one. */
  readonly eventLogFile?: string;
  readonly configHash: Uint8Array;
  readonly weightsRoot: Uint8Array;
  readonly gpu: Environment['gpu'];
}

const failure = (why: string, cause?: unknown) =>
  nodeError('EVIDENCE', { why, where: 'the confidential environment' }, cause);

const read = async (path: string, what: string): Promise<Buffer> => {
  try {
    return await readFile(path);
  } catch (cause) {
    throw failure(`${what} cannot be read: ${(cause as Error).message}`, cause);
  }
};

/** The log without the filling of its memory; the zeros a last event may end with stay. Empty where there is none or it is too long. */
const readLog = async (path: string): Promise<Uint8Array> => {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const filling = bytes.at(-1);
  if (filling !== 0 && filling !== 0xff) return bytes.length > MOST_LOG_BYTES ? new Uint8Array() : bytes;
  const used = bytes.findLastIndex((byte) => byte !== filling) + 1;
  const log = bytes.subarray(0, filling === 0 ? used + 8 : used);
  return log.length > MOST_LOG_BYTES ? new Uint8Array() : log;
};

/** One request: another writer in between changes the generation, and the quote may be over what that one wrote. */
const quoteOnce = async (entry: string, reportData: Uint8Array): Promise<Buffer | undefined> => {
  const generation = async (): Promise<string> =>
    (await read(join(entry, 'generation'), 'the generation of the report')).toString('utf8').trim();
  try {
    await writeFile(join(entry, 'inblob'), reportData);
  } catch (cause) {
    throw failure(`the report cannot be asked for: ${(cause as Error).message}`, cause);
  }
  const before = await generation();
  const quote = await read(join(entry, 'outblob'), 'the report');
  return (await generation()) === before ? quote : undefined;
};

/** An environment whose hardware signs. Throws `NODE_EVIDENCE` from its calls, never a quote over other bytes than were asked for. */
export const tsmEnvironment = (p: TsmParameters): Environment => {
  const entry = join(p.folder ?? TSM_FOLDER, 'atoma');
  const log = p.eventLogFile ?? CCEL;
  const quoteNow = async (reportData: Uint8Array): Promise<Quoted> => {
    await mkdir(entry, { recursive: true }).catch((cause: unknown) => {
      throw failure(`this machine shows no reports: ${(cause as Error).message}`, cause);
    });
    const provider = (await read(join(entry, 'provider'), 'the kind of hardware')).toString('utf8').trim();
    if (provider !== PROVIDERS[p.kind])
      throw failure(`the hardware answers as ${provider}, and ${PROVIDERS[p.kind]} is configured`);
    const collateral = await read(p.collateralFile, 'the collateral');
    for (let tries = 0; tries < TRIES; tries++) {
      const quote = await quoteOnce(entry, reportData);
      if (quote?.includes(Buffer.from(reportData))) return { quote, collateral, eventLog: await readLog(log) };
      if (quote) throw failure('the hardware signed other bytes than it was given');
    }
    throw failure('another program asks for reports at the same time');
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    kind: p.kind,
    label: null,
    configHash: p.configHash,
    weightsRoot: p.weightsRoot,
    gpu: p.gpu,
    // One request at a time: the kernel's folder holds one.
    quote: (reportData) => {
      const next = last.then(() => quoteNow(reportData));
      last = next.catch(() => undefined);
      return next;
    },
  };
};
