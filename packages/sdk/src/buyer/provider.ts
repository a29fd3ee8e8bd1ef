/**
 * What the `provider` member of a request says about who may serve it. Names and meaning of its members are those of OpenRouter's
 * provider routing; a provider is a node (its small id) or an owner of nodes (an address).
 */
import { isRecord, type Json } from '../wire/json.ts';
import { buyerError } from './buyer-errors.ts';
import type { NodeStatus } from './directory.ts';
import type { Terms } from './routing.ts';

/** By what nodes are put in order. */
export type ProviderSort = 'price' | 'throughput' | 'latency';

/** A parsed `provider` member. Nodes are named by the digits of their id or by the address of their owner. */
export interface Provider {
  /** Tried first, in this order. */
  readonly order: readonly string[];
  /** Only these; null: any. */
  readonly only: readonly string[] | null;
  /** Never these. */
  readonly ignore: readonly string[];
  readonly sort: ProviderSort | null;
  /** Most base units of TOMA a unit; null: what the policy says. */
  readonly maxPrice: bigint | null;
  /** Security levels, the preferred one first; empty: what the policy says. */
  readonly levels: readonly number[];
  /** Only nodes that say one of these of the model; empty: any. */
  readonly quantizations: readonly string[];
  /** Only nodes that say they take every member of the body. */
  readonly requireParameters: boolean;
  /** Whether another node is tried after one that failed. */
  readonly fallbacks: boolean;
}

/** Names of quantisations; `unknown` is what a node says nothing about. */
export const quantizations: readonly string[] = [
  ...['int2', 'int3', 'int4', 'int5', 'int6', 'int8'],
  ...['fp4', 'fp6', 'fp8', 'fp16', 'bf16', 'fp32', 'unknown'],
];
const sorts: readonly ProviderSort[] = ['price', 'throughput', 'latency'];
const MOST_NAMES = 64;
/** Base units of TOMA a unit for one TOMA per million units. */
const PER_MILLION = 1_000n;
const DECIMALS = 9;

const wrong = (param: string, why: string) => buyerError('BODY', { why: `${param}: ${why}`, param });

const list = (value: unknown, param: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw wrong(param, 'expected a list');
  if (value.length > MOST_NAMES) throw wrong(param, `expected ${MOST_NAMES} entries at most`);
  return value;
};

const nodeName = (value: unknown, param: string): string => {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).toLowerCase() : '';
  if (/^[1-9]\d{0,18}$/.test(text)) return text;
  if (/^0x[0-9a-f]{1,64}$/.test(text)) return `0x${text.slice(2).padStart(64, '0')}`;
  throw wrong(param, 'expected the id of a node, such as 7, or the address of its owner');
};

const names = (value: unknown, param: string): readonly string[] =>
  list(value, param).map((each, at) => nodeName(each, `${param}.${at}`));

const oneOf = <Value extends string>(value: unknown, known: readonly Value[], param: string): Value => {
  const found = known.find((each) => each === value);
  if (found === undefined) throw wrong(param, `expected ${known.join(', ')}`);
  return found;
};

const flag = (value: unknown, param: string): boolean => {
  if (typeof value !== 'boolean') throw wrong(param, 'expected true or false');
  return value;
};

const levelsOf = (value: unknown, param: string): readonly number[] =>
  (Array.isArray(value) ? value : [value]).map((each) => {
    if (each !== 0 && each !== 1 && each !== 2) throw wrong(param, 'expected 0, 1 or 2, or a list of them');
    return each;
  });

/** TOMA per million units as base units a unit, rounded down. */
const perMillion = (value: unknown, param: string): bigint => {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(
    typeof value === 'number' || typeof value === 'string' ? `${value}` : '',
  );
  if (!match) throw wrong(param, 'expected TOMA per million units, such as 0.1');
  const scaled = BigInt(`${match[1]}${(match[2] ?? '').padEnd(DECIMALS, '0')}`);
  return (scaled * PER_MILLION) / 10n ** BigInt(DECIMALS);
};

/** A plain number is base units of TOMA a unit, as offers say; members as OpenRouter's are TOMA per million units. */
const priceOf = (value: unknown, param: string): bigint | null => {
  if (!isRecord(value)) {
    if ((typeof value === 'number' || typeof value === 'string') && /^\d{1,18}$/.test(`${value}`)) return BigInt(value);
    throw wrong(param, 'expected base units of TOMA a unit, or {prompt, completion} in TOMA per million units');
  }
  const limits = Object.entries(value).flatMap(([name, each]) => {
    if (each === null || name === 'request') return []; // a request costs nothing beside its units
    if (name !== 'prompt' && name !== 'completion')
      throw wrong(`${param}.${name}`, 'every unit of an offer has one price: give prompt or completion');
    return [perMillion(each, `${param}.${name}`)];
  });
  return limits.reduce<bigint | null>((least, each) => (least === null || each < least ? each : least), null);
};

/** What no node can be held to is refused where it is asked for. */
const promises: Readonly<Record<string, unknown>> = {
  data_collection: 'allow',
  zdr: false,
  enforce_distillable_text: false,
};

type Draft = { -readonly [Name in keyof Provider]: Provider[Name] };
const members: Readonly<Record<string, (draft: Draft, value: unknown, param: string) => void>> = {
  order: (draft, value, param) => {
    draft.order = names(value, param);
  },
  only: (draft, value, param) => {
    draft.only = names(value, param);
  },
  ignore: (draft, value, param) => {
    draft.ignore = names(value, param);
  },
  sort: (draft, value, param) => {
    draft.sort = isRecord(value) ? oneOf(value.by, sorts, `${param}.by`) : oneOf(value, sorts, param);
  },
  max_price: (draft, value, param) => {
    draft.maxPrice = priceOf(value, param);
  },
  level: (draft, value, param) => {
    draft.levels = levelsOf(value, param);
  },
  quantizations: (draft, value, param) => {
    draft.quantizations = list(value, param).map((each, at) => oneOf(each, quantizations, `${param}.${at}`));
  },
  require_parameters: (draft, value, param) => {
    draft.requireParameters = flag(value, param);
  },
  allow_fallbacks: (draft, value, param) => {
    draft.fallbacks = flag(value, param);
  },
};

const anybody: Provider = {
  order: [],
  only: null,
  ignore: [],
  sort: null,
  maxPrice: null,
  levels: [],
  quantizations: [],
  requireParameters: false,
  fallbacks: true,
};

/** Reads the member; of a form it is JSON text. Null where there is none. Throws `BUYER_BODY`, naming what is wrong. */
export const parseProvider = (given: unknown): Provider | null => {
  if (given === undefined || given === null) return null;
  let value = given;
  try {
    if (typeof given === 'string') value = JSON.parse(given);
  } catch {
    throw wrong('provider', 'expected a JSON object');
  }
  if (!isRecord(value)) throw wrong('provider', 'expected an object');
  const draft: Draft = { ...anybody };
  for (const [name, each] of Object.entries(value)) {
    const param = `provider.${name}`;
    if (each === null || each === undefined || promises[name] === each) continue;
    if (name in promises) throw wrong(param, 'no node can be held to it');
    const take = Object.hasOwn(members, name) ? members[name] : undefined;
    if (!take) throw wrong(param, `it is not known; provider takes ${Object.keys(members).join(', ')}`);
    take(draft, each, param);
  }
  // An order without others after it is the list of who may serve at all.
  if (draft.fallbacks || draft.order.length === 0) return draft;
  const { only, order } = draft;
  return { ...draft, only: only ? order.filter((each) => only.includes(each)) : order, fallbacks: true };
};

const isNamed = (all: readonly string[], { node }: NodeStatus): boolean =>
  all.includes(String(node.nodeSmallId)) || all.includes(node.owner);

/** Place of a node in the order that was asked for; behind all places when it is not in it. */
export const placeOf = (provider: Provider | null, { node }: NodeStatus): number => {
  const order = provider?.order ?? [];
  const place = order.findIndex((each) => each === String(node.nodeSmallId) || each === node.owner);
  return place < 0 ? order.length : place;
};

/** What {@link mayServe} looks at. */
export interface Asked {
  readonly provider: Provider | null;
  readonly model: string;
  readonly json: Json;
}

/** Whether a node is one that a request may be served by. */
export const mayServe = ({ provider, model, json }: Asked, status: NodeStatus): boolean => {
  if (provider === null) return true;
  const { only, ignore, quantizations: wanted, requireParameters } = provider;
  if ((only !== null && !isNamed(only, status)) || isNamed(ignore, status)) return false;
  const said = status.models.get(model);
  if (wanted.length > 0 && !wanted.includes(said?.quantization ?? 'unknown')) return false;
  if (!requireParameters) return true;
  return Object.entries(json).every(
    ([name, value]) => name === 'provider' || value === null || (said?.parameters?.has(name) ?? false),
  );
};

/** Terms with what a request asks for on top: it may narrow them, never widen. Throws `BUYER_BODY` when nothing is left. */
export const narrowed = (terms: Terms, provider: Provider | null): Terms => {
  if (provider === null) return terms;
  const { maxPrice: own, levels: wanted } = provider;
  const maxPrice = own !== null && (terms.maxPrice === null || own < terms.maxPrice) ? own : terms.maxPrice;
  const levels = wanted.length === 0 ? terms.levels : wanted.filter((level) => terms.levels.includes(level));
  if (levels.length === 0) throw wrong('provider.level', `only ${terms.levels.join(', ')} may be bought here`);
  const price = own !== null && terms.price !== null && own < terms.price ? own : terms.price;
  return { ...terms, price, maxPrice, levels };
};
