/** What level 2 adds to a request and to a frame, and to whole requests of one node, beside level 0 in one run: `node bench/sealed.bench.ts [--json]`. */
import { generateKeyPairSync } from 'node:crypto';
import { loadFastBlake2b } from '@atoma/base';
import {
  createAnswerOpener,
  createAnswerSealer,
  makeX25519,
  openSealedRequest,
  sealRequest,
  signRaw,
  signRequest,
  verifyRaw,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { sealFor, sendSealed, shownKey } from '../packages/node/src/testing/sealed.ts';
import { openServing } from '../packages/node/src/testing/serving-fixture.ts';
import { requestOf } from '../packages/sdk/src/testing/sealed-request.ts';
import { median, type Row, report } from './report.ts';

const ROUNDS = 2_000;
const FRAMES = 3 * ROUNDS;
/** Blocks of requests, of which the first are not counted; requests of a block. */
const [BLOCKS, WARM, REQUESTS] = [12, 4, 50];

await loadFastBlake2b();
const own = makeX25519();
const request = requestOf(own.publicKey, 900);
const sealed = sealRequest(request);
const piece = new Uint8Array(200);
const sealer = createAnswerSealer(sealed.secrets);
const frames = Array.from({ length: FRAMES }, (_, i) => sealer.frame(i === 0 ? 'head' : 'data', piece));
const other = createAnswerSealer(sealed.secrets);
other.frame('head');
const opener = createAnswerOpener(sealed.secrets);
const enclave = generateKeyPairSync('ed25519');
const enclaveKey = enclave.publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
const signature = signRaw(enclave.privateKey, piece);

const measure = (name: string, work: (round: number) => unknown, target?: string): Row => {
  const figures = Array.from({ length: 2 * ROUNDS }, (_, round) => {
    const started = performance.now();
    work(round);
    return (performance.now() - started) * 1_000;
  });
  return { name, value: median(figures.slice(ROUNDS)), unit: 'us', ...(target ? { target } : {}) };
};

const model = 'atoma/demo-chat';
const ask = { model, messages: [{ role: 'user', content: 'ping' }], max_tokens: 1 };

/**
 * Processor time of whole requests over HTTP, client included, at level 0 and 2 in turns, us: other work of the machine does not count.
 * Requests are made, and answers opened, outside of it.
 */
const besideLevel0 = async (): Promise<readonly Row[]> => {
  const node = await openServing({ confidential: true });
  try {
    const stacks = [
      await node.stack(await node.task({ role: 0, model }), 100_000n),
      await node.stack(await node.task({ role: 0, model, level: 2 }), 1_000_000n),
    ] as [bigint, bigint];
    const to = await shownKey(node.url);
    const body = new TextEncoder().encode(JSON.stringify(ask));
    const clear = async () => ({
      ...(await signRequest({
        ...{ chainId: node.chainId, packageId: node.packageId, stack: stacks[0], node: node.nodeId },
        ...{ signer: node.buyer.signer as Signer, endpoint: '/v1/chat/completions', model, maxUnits: 64n, body },
      })),
      body,
    });
    const make = (level: 0 | 2) => (level === 0 ? clear() : sealFor(node, stacks[1], ask, { ...to, maxUnits: 64n }));
    const times: Record<0 | 2, number[]> = { 0: [], 2: [] };
    for (let block = 0; block < BLOCKS; block++)
      for (const level of [0, 2] as const) {
        const requests = [];
        for (let i = 0; i < REQUESTS; i++) requests.push(await make(level));
        const before = process.cpuUsage();
        for (const request of requests) {
          const answer = await sendSealed(node, request, level === 0 ? { contentType: 'application/json' } : {});
          await answer.arrayBuffer();
          if (answer.status !== 200) throw new Error(`level ${level} is answered ${answer.status}`);
        }
        const { user, system } = process.cpuUsage(before);
        if (block >= WARM) times[level].push((user + system) / REQUESTS);
      }
    const [plain, sealing] = [median(times[0]), median(times[2])];
    return [
      { name: 'a request at level 0 (HTTP, node)', value: plain, unit: 'us' },
      { name: 'the same at level 2', value: sealing, unit: 'us' },
      { name: 'level 2 beside level 0', value: sealing - plain, unit: 'us', target: '600' },
    ];
  } finally {
    await node.close();
  }
};

report('sealed', [
  measure('seal a request (buyer)', () => sealRequest(request)),
  measure('open a request (node)', () => openSealedRequest(own, request.signer, request.envelope, sealed.body), '600'),
  measure('seal a frame (node)', () => other.frame('data', piece), '20'),
  measure('open a frame (buyer)', (round) => opener.push(frames[round] as Uint8Array), '20'),
  measure('sign a receipt inside (node)', () => signRaw(enclave.privateKey, piece)),
  measure('check that signature (buyer)', () => verifyRaw(enclaveKey, piece, signature)),
  ...(await besideLevel0()),
]);
