/** What was frozen is read back as it was and becomes that very call, unless the chain shows its effect; a damaged entry is named before. */
import { toBase64 } from '@atoma/sdk';
import { bcs } from '@mysten/bcs';
import { beforeEach, describe, expect, test } from 'vitest';
import { objectId, openShownChain, type ShownChain } from '../../../sdk/src/testing/shown-chain.ts';
import type { OutboxKind, OutboxRow } from '../store/types.ts';
import { keyOf } from '../testing/desk.ts';
import { callOf, type FrozenData, frozenOf } from './calls.ts';
import type { SettleContext } from './settle-context.ts';

const frozen: FrozenData = {
  settle: { stack: '7', units: '40', proof: 'AA==', leaf: 'AQ==', merkleRoot: 'Ag==', total: '40', inputs: 'Aw==' },
  claim: { stacks: '7,8' },
  attest: { stack: '7', proof: 'AA==', leaf: 'AQ==', disputes: 'leaf' },
  join: { stack: '7', proof: 'AA==', epoch: '5', shown: 'yes' },
  redraw: { stack: '7', redraws: '1', vacant: 'true' },
  open: { stack: '7', merkleRoot: 'Ag==', units: '40' },
  commit_vote: {
    ...{ stack: '7', epoch: '5', merkleRoot: 'Ag==', units: '40', salt: 'BA==', evidence: 'found', blame: 'yes' },
  },
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

const NODE = 5n;
const [proof, leaf, root, salt] = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const [proof64, leaf64, root64, salt64] = [proof, leaf, root, salt].map(toBase64) as [string, string, string, string];
const full: FrozenData = {
  settle: { stack: '7', units: '40', proof: proof64, leaf: leaf64, merkleRoot: root64, total: '41', inputs: salt64 },
  claim: { stacks: '7,8' },
  attest: { stack: '7', proof: proof64, leaf: leaf64 },
  join: { stack: '7', proof: proof64 },
  redraw: { stack: '7', redraws: '1', vacant: 'false' },
  open: { stack: '7', merkleRoot: root64, units: '40' },
  commit_vote: { stack: '7', merkleRoot: root64, units: '40', salt: salt64 },
  reveal_vote: { stack: '7', merkleRoot: root64, units: '40', salt: salt64 },
  second_jury: { stack: '7' },
  resolve: { stack: '7' },
  finalize: { stack: '7' },
  evict: { task: '3', node: '4' },
  key: { keyHash: proof64, evidenceHash: leaf64, epoch: '4' },
  url: { url: 'https://node.example' },
};

describe('a call', () => {
  let chain: ShownChain;
  beforeEach(() => {
    chain = openShownChain(keyOf(5));
    chain.giveBadge(NODE);
  });
  const call = <Kind extends OutboxKind>(kind: Kind, change: Partial<FrozenData[Kind]> = {}) =>
    callOf(
      { atoma: chain.atoma, nodeId: NODE } as SettleContext,
      rowOf(kind, JSON.stringify({ ...full[kind], ...change })),
    );
  const u64 = (value: bigint): string => bcs.u64().serialize(value).toBase64();
  const bytes = (value: Uint8Array): string => bcs.byteVector().serialize(value).toBase64();
  const flag = (value: boolean): string => bcs.bool().serialize(value).toBase64();
  const some = (value: Uint8Array): string => bcs.option(bcs.byteVector()).serialize(value).toBase64();
  /** The function it calls, and its arguments that are no objects. */
  const builtOf = async <Kind extends OutboxKind>(kind: Kind, change: Partial<FrozenData[Kind]> = {}) => {
    const { commands, inputs } = (await call(kind, change).build()).getData();
    return [commands.at(-1)?.MoveCall?.function, ...inputs.flatMap(({ Pure }) => (Pure ? [Pure.bytes] : []))];
  };

  test('is made of what was frozen', async () => {
    chain.show('stacks', 7n, { node: NODE, level: 1 });
    chain.show('tickets', 7n, { attesters: [NODE], attested: [false], state: 1 });
    chain.show('disputes', 7n, { jurors: [NODE] });
    chain.show('nodes', NODE, { owner: keyOf(5).toSuiAddress() });
    expect(await builtOf('settle')).toEqual([
      'try_settle_stack',
      ...[u64(7n), u64(40n), bytes(proof), bytes(leaf), some(salt)],
    ]);
    expect(await builtOf('claim')).toEqual(['claim_funds', bcs.vector(bcs.u64()).serialize([7n, 8n]).toBase64()]);
    expect(await builtOf('open')).toEqual(['open_stack_commitment', u64(7n), bytes(root), u64(40n)]);
    expect(await builtOf('redraw')).toEqual(['redraw_attesters', u64(7n)]);
    expect(await builtOf('reveal_vote')).toEqual([
      'reveal_dispute_vote',
      ...[u64(7n), bytes(root), u64(40n), bytes(salt), flag(false)],
    ]);
    expect((await builtOf('reveal_vote', { blame: 'yes' })).at(-1)).toBe(flag(true));
    expect(await builtOf('second_jury')).toEqual(['seat_second_jury', u64(7n)]);
    expect(await builtOf('resolve')).toEqual(['resolve_dispute', u64(7n)]);
    expect(await builtOf('finalize')).toEqual(['finalize_stack', u64(7n)]);
    expect(await builtOf('key')).toEqual(['set_node_key_commitment', bytes(proof), bytes(leaf)]);
    expect(await builtOf('url')).toEqual([
      'update_node_url',
      bcs.string().serialize('https://node.example').toBase64(),
    ]);
    const vote = (change: Partial<FrozenData['commit_vote']>) => builtOf('commit_vote', change);
    expect((await vote({})).slice(0, 2)).toEqual(['commit_dispute_vote', u64(7n)]);
    for (const other of [{ merkleRoot: leaf64 }, { units: '41' }, { salt: leaf64 }, { blame: 'yes' as const }])
      expect(await vote(other)).not.toEqual(await vote({}));
    expect((await builtOf('join')).slice(0, 2)).toEqual(['join_dispute', u64(7n)]);
    expect(await builtOf('join', { proof: leaf64 })).not.toEqual(await builtOf('join'));
    const attested = await builtOf('attest');
    expect(attested.slice(0, 2)).toEqual(['submit_stack_settlement_attestation', u64(7n)]);
    expect(attested).toContain(bytes(leaf));
    expect(await builtOf('attest', { proof: leaf64 })).not.toEqual(attested);
    chain.show('tickets', 7n, { attesters: [NODE], attested: [false], state: 1, root: proof });
    expect(await builtOf('attest', { disputes: 'leaf' })).not.toEqual(await builtOf('attest'));
  });

  test('acts by the badge of its node', async () => {
    chain.giveBadge(6n);
    chain.show('stacks', 7n, { node: 6n });
    const { inputs } = (await call('settle').build()).getData();
    const objects = inputs.flatMap(({ UnresolvedObject }) => (UnresolvedObject ? [UnresolvedObject.objectId] : []));
    expect(objects).toContain(objectId(1_000)); // of node 5
    expect(objects).not.toContain(objectId(1_001));
  });

  const presence = async <Kind extends OutboxKind>(kind: Kind, change: Partial<FrozenData[Kind]> = {}) =>
    call(kind, change).present();

  test('settle: its effect is a ticket with its root, or that the stack is gone', async () => {
    expect(await presence('settle')).toBe(true);
    chain.show('stacks', 7n, {});
    expect(await presence('settle')).toBe(false);
    chain.show('tickets', 7n, { root: proof });
    expect(await presence('settle')).toBe(true);
    chain.show('tickets', 7n, { root: leaf });
    expect(await presence('settle')).toBe(false);
  });

  test('claim: all of its tickets are gone', async () => {
    chain.show('tickets', 8n, {});
    expect(await presence('claim')).toBe(false);
    chain.show('tickets', 8n, null);
    expect(await presence('claim')).toBe(true);
  });

  test('attest: attested, disputed, or over', async () => {
    expect(await presence('attest')).toBe(true);
    const shown = (attested: boolean, state = 1) => {
      chain.show('tickets', 7n, { attesters: [4n, NODE], attested: [true, attested], state });
      return presence('attest');
    };
    expect([await shown(false), await shown(true), await shown(false, 4)]).toEqual([false, true, true]);
  });

  test('join: joined, too late, over, or begun anew since', async () => {
    const evidence = { owner: objectId(3), rows: [], namedUnits: 0n, bond: 0n };
    const [start, shown] = [{ epoch: '5' }, { epoch: '5', shown: 'yes' }] as const;
    const joined = [{ node: NODE, owner: objectId(0), claim: salt }];
    const presences = async () => [
      await presence('join'),
      await presence('join', start),
      await presence('join', shown),
    ];
    expect(await presences()).toEqual([true, true, true]);
    // As earlier versions wrote it down, it is of any epoch. Evidence of the epoch in which the dispute began moves no epoch.
    chain.show('disputes', 7n, { epoch: 5n });
    expect(await presences()).toEqual([false, false, true]);
    chain.show('disputes', 7n, { epoch: 5n, evidence });
    expect(await presences()).toEqual([false, true, false]);
    chain.show('disputes', 7n, { epoch: 6n, evidence });
    expect(await presences()).toEqual([false, true, true]);
    for (const over of [{ joined }, { firstJury: [3n] }]) {
      chain.show('disputes', 7n, { epoch: 5n, evidence, ...over });
      expect(await presences()).toEqual([true, true, true]);
    }
  });

  test('redraw: drawn again, filled, or no longer awaited', async () => {
    expect(await presence('redraw')).toBe(true);
    const shown = (redraws: number, attesters: bigint[], vacant = 'false', state = 1) => {
      chain.show('tickets', 7n, { redraws, attesters, attested: attesters.map(() => false), state });
      return presence('redraw', { vacant });
    };
    expect(await shown(1, [3n])).toBe(false);
    expect(await shown(2, [3n])).toBe(true);
    expect(await shown(1, [3n], 'false', 2)).toBe(true);
    expect(await shown(1, [3n, 0n], 'true')).toBe(false);
    expect(await shown(1, [3n, 4n], 'true')).toBe(true);
  });

  test('open: nothing has to be opened', async () => {
    chain.show('tickets', 7n, { state: 3 });
    expect(await presence('open')).toBe(false);
    chain.show('tickets', 7n, { state: 2 });
    expect(await presence('open')).toBe(true);
    chain.show('tickets', 7n, null);
    expect(await presence('open')).toBe(true);
  });

  test.each(['commit_vote', 'reveal_vote'] as const)('%s: it was, or the dispute is over', async (kind) => {
    expect(await presence(kind)).toBe(true);
    const voted = kind === 'commit_vote' ? 'commits' : 'secrets';
    chain.show('disputes', 7n, { jurors: [4n, NODE], [voted]: [salt, new Uint8Array()] });
    expect(await presence(kind)).toBe(false);
    chain.show('disputes', 7n, { jurors: [4n, NODE], [voted]: [new Uint8Array(), salt] });
    expect(await presence(kind)).toBe(true);
  });

  test.each(['commit_vote', 'reveal_vote'] as const)('%s: of a dispute that began anew since', async (kind) => {
    chain.show('disputes', 7n, { jurors: [4n, NODE], epoch: 6n });
    const presentOf = (epoch: string) => call(kind, { epoch }).present();
    expect([await presentOf('6'), await presentOf('5')]).toEqual([false, true]);
  });

  test('a second jury is seated, or not needed; a dispute is resolved; a stack is gone', async () => {
    for (const kind of ['second_jury', 'resolve', 'finalize'] as const) expect(await presence(kind)).toBe(true);
    chain.show('disputes', 7n, { jurors: [3n, 4n, 5n], secrets: [] });
    chain.show('stacks', 7n, {});
    for (const kind of ['second_jury', 'resolve', 'finalize'] as const) expect(await presence(kind)).toBe(false);
    chain.show('disputes', 7n, { jurors: [3n, 4n, 5n], secrets: [], last: true });
    expect([await presence('second_jury'), await presence('resolve')]).toEqual([true, false]);
  });

  test('evict: the task is gone, or the node no longer subscribed', async () => {
    expect(await presence('evict')).toBe(true);
    chain.show('tasks', 3n, {});
    expect(await presence('evict')).toBe(true);
  });

  test('key: both hashes are there, and not older than they were asked for', async () => {
    expect(await presence('key')).toBe(false);
    const shown = (keyHash: Uint8Array, evidenceHash: Uint8Array, keyEpoch: bigint) => {
      chain.show('nodes', NODE, { keyHash, keyEpoch });
      chain.show('profiles', NODE, { evidenceHash });
      return presence('key');
    };
    expect(await shown(proof, leaf, 4n)).toBe(true);
    expect(await shown(proof, leaf, 3n)).toBe(false);
    expect(await shown(leaf, leaf, 4n)).toBe(false);
    expect(await shown(proof, proof, 4n)).toBe(false);
    expect(await shown(new Uint8Array(), leaf, 4n)).toBe(false);
    await shown(proof, leaf, 0n);
    const { epoch: _, ...earlier } = full.key;
    const asked = callOf({ atoma: chain.atoma, nodeId: NODE } as SettleContext, rowOf('key', JSON.stringify(earlier)));
    expect(await asked.present()).toBe(true);
  });

  test('url: the node is at that address, and still this wallet’s', async () => {
    const shown = (owner: string, url: string) => {
      chain.show('nodes', NODE, { owner });
      chain.show('profiles', NODE, { url });
      return presence('url');
    };
    expect(await presence('url')).toBe(false);
    const own = keyOf(5).toSuiAddress();
    expect(await shown(own, 'https://node.example')).toBe(true);
    expect(await shown(own, 'https://other.example')).toBe(false);
    expect(await shown(objectId(9), 'https://node.example')).toBe(false);
  });

  test('bytes that are none are named', async () => {
    chain.show('stacks', 7n, { node: NODE });
    const { build } = call('settle', { proof: '!' });
    await expect((async () => build())()).rejects.toMatchObject({ code: 'NODE_OUTBOX' });
  });
});

test.each(['', '7,', ',7', '7;8', '-7', '1'.repeat(21), '7,'.padEnd(23, '1')])(
  '%j are no stacks of a claim',
  (stacks) => {
    expect(() => frozenOf('claim', rowOf('claim', JSON.stringify({ stacks })))).toThrow();
  },
);

test.each(['', '-7', 'x7', '7x', '1'.repeat(21)])('%j is no number of a stack', (stack) => {
  expect(() => frozenOf('resolve', rowOf('resolve', JSON.stringify({ stack })))).toThrow();
});
