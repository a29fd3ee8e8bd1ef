/** What a check comes to. */
import type { Policy } from './policy.ts';
import { type Reason, Refusal } from './reason.ts';
import { type AllowedEvent, holdsEvents } from './tdx/event-log.ts';

/** Kinds of evidence. */
export type EvidenceKind = 'tdx' | 'sgx' | 'snp' | 'nitro';

/** What evidence says, hexadecimal and lower case where it is bytes. */
export type Claims = Readonly<Record<string, string>>;

/** The outcome for one piece of evidence. */
export interface Verdict {
  readonly kind: EvidenceKind;
  readonly verdict: 'accepted' | 'refused';
  /** Empty when it is accepted. */
  readonly reasons: readonly Reason[];
  /** What was measured, when the policy judged it. */
  readonly measurements: Claims | 'not judged';
  /** Everything the evidence says, judged or not; empty when it could not be read. */
  readonly claims: Claims;
}

/** What a checker found before the policy was asked. */
export interface Findings {
  readonly reasons: readonly Reason[];
  readonly claims: Claims;
  /** Names of the claims that are measurements. */
  readonly measured: readonly string[];
  /** What the event log says was measured, digests by register; absent: there is none that can be read, or no kind of evidence that has one. */
  readonly events?: Readonly<Record<string, readonly string[]>>;
  /** PPID or CHIP_ID; undefined where the evidence names no machine. */
  readonly machine: string | undefined;
}

const measurementReasons = (
  kind: EvidenceKind,
  { claims, events }: Findings,
  policy: Policy | undefined,
): readonly Reason[] => {
  if (!policy) return [];
  const allowed: readonly Readonly<Record<string, string | readonly AllowedEvent[] | undefined>>[] =
    policy.measurements?.[kind] ?? [];
  const holds = (name: string, value: string | readonly AllowedEvent[] | undefined): boolean => {
    if (value === undefined || typeof value === 'string') return value === undefined || claims[name] === value;
    return holdsEvents(claims[name] ?? '', value, events?.[name] ?? []);
  };
  const misses = allowed.map((entry) =>
    Object.entries(entry).flatMap(([name, value]) => (holds(name, value) ? [] : [name])),
  );
  if (misses.some((names) => names.length === 0)) return [];
  const [closest] = misses.sort((a, b) => a.length - b.length);
  const differs = closest ? ` (of its closest entry differ: ${closest.join(', ')})` : '';
  return [{ code: 'measurement', text: `What runs in the environment is not on the list of your policy${differs}.` }];
};

const machineReasons = ({ machine }: Findings, policy: Policy | undefined): readonly Reason[] =>
  !policy?.machines || (machine !== undefined && policy.machines.includes(machine))
    ? []
    : [{ code: 'machine', text: `Your policy does not list this machine (${machine ?? 'it has no id'}).` }];

/** Runs a checker and asks the policy; without one only the hardware's evidence is judged. */
export const judge = (kind: EvidenceKind, policy: Policy | undefined, check: () => Findings): Verdict => {
  try {
    const findings = check();
    const reasons = [
      ...findings.reasons,
      ...measurementReasons(kind, findings, policy),
      ...machineReasons(findings, policy),
    ];
    const { claims, measured } = findings;
    return {
      kind,
      verdict: reasons.length === 0 ? 'accepted' : 'refused',
      reasons,
      measurements: policy ? Object.fromEntries(measured.map((name) => [name, claims[name] ?? ''])) : 'not judged',
      claims,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const reasons = [{ code: error.code, text: error.message }];
    return { kind, verdict: 'refused', reasons, measurements: 'not judged', claims: {} };
  }
};
