/** What a scenario says; users write them as YAML or TypeScript files. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigName, History } from '@atoma/sdk';
import { configNames } from '@atoma/sdk';
import { parse } from 'yaml';
import { type FaultName, faultNames } from './fault-names.ts';
import { labError } from './lab-errors.ts';

/** A scenario: a fault and the market it is played in. */
export interface Scenario {
  readonly name: string;
  readonly fault: FaultName;
  /** Nodes of the task, the one that serves included. */
  readonly nodes: number;
  readonly level: 0 | 1;
  /** Base units of TOMA for one compute unit. */
  readonly price: bigint;
  /** Compute units of a stack. */
  readonly units: bigint;
  /** Requests answered on a stack. */
  readonly requests: number;
  /** Small ids of the nodes that have the fault when they serve (`silent-attester`: attest); null: all, so whichever is drawn. */
  readonly faulty: readonly number[] | null;
  /** How many of the other nodes act with the cheat. */
  readonly colluding: number;
  /** How many of the other nodes do not work as jurors: they guess, or copy when the accused leaks its answer. */
  readonly lazy: number;
  /** The accused hands its answer to lazy jurors. */
  readonly leak: boolean;
  /** The buyer holds receipts and watches the settlement. */
  readonly watch: boolean;
  /** Parameters of the market other than the defaults. */
  readonly terms: Partial<Record<ConfigName, bigint>>;
  /** The assumption of docs/economics.md this scenario breaks on purpose. */
  readonly breaks: string | null;
  readonly seed: string;
  readonly runs: number;
  /** What a cheat claims instead of the truth; TypeScript scenarios only. */
  readonly tamper?: (truth: History) => { readonly history: History; readonly claimed: bigint };
  /** File of the TypeScript scenario that `tamper` comes from, absolute. */
  readonly module?: string;
}

/** Faults of the buyer's side: no node has them. */
const buyersFaults: readonly FaultName[] = [
  'framing-buyer',
  'replaying-gateway',
  'daemon-framing-buyer',
  'daemon-framing-coalition',
];

/** A scenario's defaults. */
export const scenarioDefaults: Omit<Scenario, 'name' | 'fault'> = {
  nodes: 8,
  level: 1,
  price: 100n,
  units: 1_000_000n,
  requests: 4,
  faulty: null,
  colluding: 0,
  lazy: 0,
  leak: false,
  watch: false,
  terms: {},
  breaks: null,
  seed: 'lab',
  runs: 1,
};

const bad = (file: string, why: string, cause?: unknown) => labError('BAD_SCENARIO', { file, why }, cause);

const wholeNumber = (file: string, name: string, value: unknown, min: number, max: number): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw bad(file, `${name} must be a whole number from ${min} to ${max}`);
};

const amountOf = (file: string, name: string, value: unknown): bigint => {
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && /^[1-9][0-9_]*$/.test(text)) return BigInt(text.replaceAll('_', ''));
  throw bad(file, `${name} must be a whole number above 0`);
};

const termsOf = (file: string, value: unknown): Scenario['terms'] => {
  if (typeof value !== 'object' || value === null) throw bad(file, 'terms must be a list of parameters');
  const entries = Object.entries(value).map(([name, each]) => {
    if (!(configNames as readonly string[]).includes(name))
      throw bad(file, `terms.${name} is no parameter; there are ${configNames.join(', ')}`);
    return [name, amountOf(file, `terms.${name}`, each)] as const;
  });
  return Object.fromEntries(entries);
};

const faultyOf = (file: string, value: unknown): Scenario['faulty'] => {
  if (value === null) return null;
  if (!Array.isArray(value) || value.length === 0) throw bad(file, 'faulty must be a list of node ids, such as [1, 3]');
  return [...new Set(value.map((each: unknown) => wholeNumber(file, 'each of faulty', each, 1, 64)))];
};

const limits = {
  nodes: [1, 64],
  level: [0, 1],
  requests: [1, 1_000],
  colluding: [0, 63],
  lazy: [0, 63],
  runs: [1, 1_000_000],
} as const;

/** Fields of a replay file that tell what happened there; they are read past. */
const told = new Set(['observed', 'expected', 'version', 'module']);

/** Checks what a file (or a built-in entry) says and fills in the defaults. Throws `LAB_BAD_SCENARIO`. */
export const toScenario = (file: string, value: unknown): Scenario => {
  if (typeof value !== 'object' || value === null) throw bad(file, 'it holds no scenario');
  const given = value as Readonly<Record<string, unknown>>;
  if (!(faultNames as readonly unknown[]).includes(given.fault))
    throw bad(file, `fault must be one of ${faultNames.join(', ')}`);
  const fault = given.fault as FaultName;
  let scenario: Scenario = { ...scenarioDefaults, name: String(given.name ?? fault), fault };
  for (const [name, each] of Object.entries(given)) {
    if (name === 'name' || name === 'fault' || told.has(name)) continue;
    if (name in limits) {
      const [min, max] = limits[name as keyof typeof limits];
      scenario = { ...scenario, [name]: wholeNumber(file, name, each, min, max) };
    } else if (name === 'price' || name === 'units') scenario = { ...scenario, [name]: amountOf(file, name, each) };
    else if (name === 'watch' || name === 'leak') scenario = { ...scenario, [name]: each === true };
    else if (name === 'terms') scenario = { ...scenario, terms: termsOf(file, each) };
    else if (name === 'faulty') scenario = { ...scenario, faulty: faultyOf(file, each) };
    else if (name === 'seed') scenario = { ...scenario, seed: String(each) };
    else if (name === 'breaks') scenario = { ...scenario, breaks: each === null ? null : String(each) };
    else if (name === 'tamper' && typeof each === 'function')
      scenario = { ...scenario, tamper: each as NonNullable<Scenario['tamper']> };
    else throw bad(file, `"${name}" is no field of a scenario`);
  }
  if (scenario.colluding + scenario.lazy >= scenario.nodes)
    throw bad(file, 'colluding and lazy together must be fewer than the nodes');
  return checkFaulty(file, scenario);
};

/** Throws `LAB_BAD_SCENARIO` when the nodes that are to have the fault cannot. */
export const checkFaulty = (file: string, scenario: Scenario): Scenario => {
  const { faulty, nodes, fault } = scenario;
  if (faulty === null) return scenario;
  if (buyersFaults.includes(fault)) throw bad(file, `faulty is for faults of nodes, and ${fault} is the buyer’s`);
  const unknown = faulty.find((node) => !Number.isInteger(node) || node < 1 || node > nodes);
  if (unknown !== undefined) throw bad(file, `faulty names a node that is not there; nodes are 1 to ${nodes}`);
  return scenario;
};

const importScenario = async (path: string, file: string): Promise<Scenario> => {
  const { scenario } = (await import(pathToFileURL(file).href)) as { readonly scenario?: unknown };
  return { ...toScenario(path, scenario), module: file };
};

/** A YAML file; one that replays a TypeScript scenario names its module, and takes the fault's function from there. */
const parseScenario = async (path: string, file: string): Promise<Scenario> => {
  const value: unknown = parse(readFileSync(file, 'utf8'));
  const module = (value as { readonly module?: unknown } | null)?.module;
  if (module === undefined) return toScenario(path, value);
  if (typeof module !== 'string') throw bad(path, 'module must be the path of a file');
  const { tamper, module: from } = await importScenario(module, resolve(dirname(file), module));
  return { ...toScenario(path, value), ...(tamper && { tamper }), ...(from && { module: from }) };
};

/** Reads a scenario file: YAML, or a module that exports `scenario`. Throws `LAB_BAD_SCENARIO`. */
export const readScenario = async (path: string): Promise<Scenario> => {
  const file = resolve(path);
  if (!existsSync(file)) throw bad(path, 'there is no such file');
  try {
    return await (/\.ya?ml$/.test(file) ? parseScenario(path, file) : importScenario(path, file));
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'LAB_BAD_SCENARIO') throw cause;
    throw bad(path, (cause as Error).message.split('\n')[0] ?? '', cause);
  }
};
