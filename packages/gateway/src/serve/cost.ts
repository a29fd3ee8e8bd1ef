/** How an answer shows what it cost, without being parsed and written anew. */
import { BASE_UNITS, receiptLayout, record, type Settled, toBase64 } from '@atoma/sdk';

/** What one answer cost. */
export interface AnswerCost {
  readonly units: bigint;
  /** Base units of TOMA. */
  readonly cost: bigint;
  /** Base units of TOMA a unit. */
  readonly price: bigint;
  readonly stack: bigint;
  readonly node: bigint;
  readonly requestId: string;
}

/** TOMA as a JSON number: exact decimal text of base units / 10^9. */
export const tomaNumber = (cost: bigint): string => {
  const fraction = (cost % BASE_UNITS).toString().padStart(9, '0').replace(/0+$/, '');
  return `${cost / BASE_UNITS}${fraction === '' ? '' : `.${fraction}`}`;
};

const members = ({ units, cost, price, stack, node, requestId }: AnswerCost): string =>
  `"cost":${tomaNumber(cost)},"atoma":{"cost_base_units":"${cost}","units":"${units}","price":"${price}","stack":"${stack}","node":"${node}","request_id":"${requestId}"}`;

/** The cost of a checked receipt. */
export const settledCost = ({ receipt, cost, price, stack, node, requestId }: Settled): AnswerCost => ({
  units: receipt.units,
  cost,
  price,
  stack,
  node,
  requestId,
});

/** The cost a receipt states, before it is checked; undefined when it cannot be read. */
export const statedCost = (
  receipt: Uint8Array | undefined,
  of: Pick<AnswerCost, 'price' | 'stack' | 'node' | 'requestId'>,
): AnswerCost | undefined => {
  if (!receipt) return undefined;
  try {
    const { units } = receiptLayout.decode(receipt);
    return { ...of, units, cost: units * of.price };
  } catch {
    return undefined;
  }
};

const USAGE = Buffer.from('"usage":{');
/** Where a node's JSON body carries its receipt: always last. */
const RECEIPT = Buffer.from(',"atoma":{"receipt":"');

/**
 * A JSON body with the cost inside its `usage` and without the node's receipt, which travels in headers. An unescaped
 * `"usage":{` cannot stand inside a JSON string; the last one is the body's own.
 */
export const withCost = (body: Uint8Array, cost: AnswerCost): Uint8Array => {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
  const receiptAt = buffer.lastIndexOf(RECEIPT);
  const end = receiptAt < 0 ? buffer.length : receiptAt;
  const tail = receiptAt < 0 ? '' : '}';
  const usageAt = buffer.subarray(0, end).lastIndexOf(USAGE);
  if (usageAt < 0) return Buffer.concat([buffer.subarray(0, end), Buffer.from(tail)]);
  const inside = usageAt + USAGE.length;
  const comma = buffer[inside] === 0x7d ? '' : ',';
  return Buffer.concat([
    buffer.subarray(0, inside),
    Buffer.from(members(cost) + comma),
    buffer.subarray(inside, end),
    Buffer.from(tail),
  ]);
};

/** The usage chunk of a stream with its cost, and with the receipt, which a stream has no headers for any more. */
export const usageChunk = (chunk: Record<string, unknown>, settled: Settled): Record<string, unknown> => {
  const { cost, atoma } = record(JSON.parse(`{${members(settledCost(settled))}}`));
  const { bytes, signature, work } = settled.signed;
  const receipt = {
    receipt: toBase64(bytes),
    receipt_signature: toBase64(signature),
    ...(work ? { work: toBase64(work) } : {}),
  };
  return { ...chunk, usage: { ...record(chunk.usage), cost, atoma: { ...record(atoma), ...receipt } } };
};

/** The comment that tells the cost of a stream whose client asked for no usage. */
export const costComment = (settled: Settled): string => `: atoma {${members(settledCost(settled))}}\n\n`;
