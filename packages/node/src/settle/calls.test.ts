/** What was frozen is read back as it was, and a damaged entry is named before anything is built of it. */
import { expect, test } from 'vitest';
import type { OutboxKind, OutboxRow } from '../store/types.ts';
import { type FrozenData, frozenOf } from './calls.ts';

const frozen: FrozenData = {
  settle: { stack: '7', units: '40', proof: 'AA==', leaf: 'AQ==', merkleRoot: 'Ag==', total: '40', inputs: 'Aw==' },
  claim: { stacks: '7,8' },
  attest: { stack: '7', proof: 'AA==', leaf: 'AQ==', disputes: 'leaf' },
  join: { stack: '7', proof: 'AA==' },
  redraw: { stack: '7', redraws: '1', vacant: 'true' },
  open: { stack: '7', merkleRoot: 'Ag==', units: '40' },
  commit_vote: { stack: '7', merkleRoot: 'Ag==', units: '40', salt: 'BA==', evidence: 'found', blame: 'yes' },
  reveal_vote: { stack: '7', merkleRoot: 'Ag==', units: '40', salt: 'BA==' },
  second_jury: { stack: '7' },
  resolve: { stack: '7' },
  finalize: { stack: '7' },
  evict: { task: '1', node: '2' },
  key: { keyHash: 'AA==', evidenceHash: 'AQ==' },
  url: { url: 'https://node.example' },
};
const kinds = Object.keys(frozen) as OutboxKind[];
const rowOf = (kind: OutboxKind, text: string): OutboxRow => ({
  kind,
  subject: '7',
  frozen: text,
  state: 'intent',
  attempt: 0,
  transaction: null,
  signature: null,
  digest: null,
  expirationEpoch: null,
  effects: null,
  failure: null,
  createdMs: 0,
  updatedMs: 0,
});

test.each(kinds)('%s: read back as it was frozen', (kind) => {
  expect(frozenOf(kind, rowOf(kind, JSON.stringify(frozen[kind])))).toEqual(frozen[kind]);
});

test.each(kinds)('%s: a damaged entry is refused by its name', (kind) => {
  const refusal = expect.objectContaining({ code: 'NODE_OUTBOX', message: expect.stringContaining(`${kind} 7`) });
  const [first] = Object.keys(frozen[kind]) as [string];
  for (const text of ['', '{', 'null', '[]', '{}', JSON.stringify({ ...frozen[kind], [first]: 7 })])
    expect(() => frozenOf(kind, rowOf(kind, text))).toThrow(refusal);
});
