/** What was sold, beside what checks of it found: the nodes of one owner hold both. */
import { toHex } from '@atoma/base';
import {
  answerContent,
  type Content,
  collectStream,
  completionKind,
  contentHash,
  createSseByteReader,
  endpoints,
  equalBytes,
  faceRoles,
  workHash,
} from '@atoma/sdk';
import type { LeafRow, Store, StoredResponse } from '../store/types.ts';
import { type Checker, findingsAt, type ShownFinding, shortened } from './finding.ts';

/** Endpoints whose answers are text; the receipt tells which of them an answer came from. */
const ENDPOINTS = [...endpoints.filter(completionKind), ...Object.keys(faceRoles)];

/** Content of an answer, whole or as events. Throws what JSON and `WIRE_CONTENT` throw. */
const contentOf = (endpoint: string, { streamed, body }: StoredResponse): Content => {
  if (!streamed) return answerContent(endpoint, body);
  const stream = collectStream(endpoint);
  for (const { data } of createSseByteReader()(body))
    if (data !== '' && data !== '[DONE]') stream.add(JSON.parse(data));
  return stream.content();
};

/** The text that a row's receipt is for; null where what is kept is no text, or another answer. */
const textFor = (leaf: LeafRow, response: StoredResponse): string | null => {
  for (const endpoint of ENDPOINTS) {
    try {
      const content = contentOf(endpoint, response);
      if (content.kind !== 'chat' && content.kind !== 'completion') continue;
      if (equalBytes(workHash(contentHash(content), leaf.workDigest), leaf.contentHash))
        return content.choices.map(({ text }) => text).join('\n');
    } catch {} // it was not of this endpoint
  }
  return null;
};

/** The part of a daemon that is asked. */
interface Asked extends Checker {
  readonly store: Pick<Store, 'listLeaves' | 'findResponse'>;
}

const soldBy = async ({ store }: Asked, stack: bigint, { row, request_hash }: ShownFinding): Promise<string | null> => {
  const [leaf] = await store.listLeaves(stack, row, 1);
  if (!leaf || toHex(leaf.requestHash) !== request_hash) return null;
  const response = await store.findResponse(stack, leaf.requestId);
  return response ? textFor(leaf, response) : null;
};

/**
 * What the nodes of one owner found about a stack, as `findingsAt` tells it, with the answers that were sold: of rows that are repeated
 * bit by bit a checker has their hash alone, but the node that sold them keeps them for retries.
 */
export const findingsAmong = async (nodes: readonly Asked[], stack: bigint): Promise<readonly ShownFinding[]> => {
  const withSold = async (finding: ShownFinding): Promise<ShownFinding> => {
    if (finding.claimed !== null) return finding;
    const kept = await Promise.all(nodes.map((node) => soldBy(node, stack, finding)));
    const text = kept.find((each) => each !== null) ?? null;
    return { ...finding, claimed: text && shortened(text) };
  };
  return Promise.all(nodes.flatMap((node) => findingsAt(node, stack)).map(withSold));
};
