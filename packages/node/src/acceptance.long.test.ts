/** Scenarios of acceptance of what is gone for a while, at nodes in processes of their own; outages.slow.test.ts has them in one process. */
import { type SignedRequest, verifyRefusal } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { codeOf, endpoint, makeBuyer, PATIENCE_MS, question, signed, soon } from './testing/acceptance.ts';
import { askOver, type NodeProcess, openProcessFleet } from './testing/processes.ts';
import { startUpstream } from './testing/upstream-server.ts';

test(
  '6: a back end down for a hundred requests, after it died in mid-stream',
  async () => {
    const upstreams = await Promise.all([startUpstream({ wordMs: 2 }), startUpstream({ wordMs: 2 })]);
    const fleet = await openProcessFleet({
      nodes: 2,
      seed: 'engines',
      process: (i) => ({ upstreams: [upstreams[i]?.url as string] }),
    });
    // A stack at each node: within a request nothing is bought at a price at which a node that failed at it can be drawn.
    const servers = new Set<unknown>();
    while (servers.size < 2) servers.add((await fleet.buy()).server);
    const { buyer, of } = await makeBuyer(fleet);
    const ask = async (): Promise<number> => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(question({ max_tokens: 40 })),
      };
      const answer = await buyer.fetch(`http://atoma${endpoint}`, init);
      await answer.text();
      return answer.status;
    };
    expect(await ask()).toBe(200);
    const [receipt] = of('receipt') as readonly { readonly node: bigint }[];
    const first = fleet.byNode(receipt?.node as bigint);
    const upstream = upstreams[fleet.nodes.indexOf(first)] as (typeof upstreams)[0];
    let direct = await fleet.buy();
    while (direct.server !== first) direct = await fleet.buy();
    await expect.poll(async () => (await first.tell()).stacks[String(direct.stack)]?.state, soon).toBe('open');

    upstream.behaviour.dieAfter = 1;
    const cut = await signed(fleet, direct.stack, first, question({ stream: true }));
    const text = await (await cut.send()).text();
    expect(text).toContain('event: error');
    expect(text).not.toContain('[DONE]');
    const { atoma } = JSON.parse(/event: error\ndata: (.*)\n/.exec(text)?.[1] ?? '{}') as {
      atoma: { refusal: string; signature: string };
    };
    const bytesOf = (base64: string | null): Uint8Array => new Uint8Array(Buffer.from(base64 ?? '', 'base64'));
    const check = (request: SignedRequest, refusal: string | null, signature: string | null) =>
      verifyRefusal({
        ...request,
        refusal: { bytes: bytesOf(refusal), signature: bytesOf(signature) },
        nodeAddresses: [first.actor.sender as string],
      });
    expect((await check(cut, atoma.refusal, atoma.signature)).code).toBe('backend_error');

    upstream.behaviour.status = 503;
    for (let asked = 0; asked < 100; asked++) expect(await ask()).toBe(200);
    await expect.poll(async () => (await fetch(`${first.url}/ready`)).status, soon).toBe(503);
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
    const refused = await signed(fleet, direct.stack, first, question());
    const answer = await refused.send();
    const { headers } = answer;
    expect(await codeOf(answer)).toEqual([503, 'backend_unavailable']);
    const refusal = await check(refused, headers.get('atoma-refusal'), headers.get('atoma-refusal-signature'));
    expect(refusal.code).toBe('backend_unavailable');
    expect((await first.tell()).stacks[String(direct.stack)]).toMatchObject({
      leaves: 0,
      reserved: '0',
      consumed: '0',
    });

    Object.assign(upstream.behaviour, { status: 200, dieAfter: Number.POSITIVE_INFINITY });
    await expect.poll(async () => (await fetch(`${first.url}/ready`)).status).toBe(200);
    expect((await (await signed(fleet, direct.stack, first, question())).send()).status).toBe(200);
    const reports = await Promise.all(fleet.nodes.map((node) => node.tell()));
    const leaves = reports.flatMap(({ stacks }) => Object.values(stacks)).reduce((sum, row) => sum + row.leaves, 0);
    expect(leaves).toBe(of('receipt').length + 1);
    expect(reports.map(({ openRows, breaches }) => [openRows, breaches])).toEqual([
      [0, []],
      [0, []],
    ]);
    await buyer.close();
    await fleet.close();
    for (const each of upstreams) await each.close();
  },
  PATIENCE_MS,
);

test(
  '7: a minute on the clock of a node without the chain, while it serves, settles and claims',
  async () => {
    const fleet = await openProcessFleet({ nodes: 1, seed: 'dark' });
    const [server] = fleet.nodes as [NodeProcess];
    const ask = (stack: bigint, prompt: string) => askOver(fleet.fetchFor(stack, server), server, prompt);
    const buyAndUse = async () => {
      const { stack } = await fleet.buy();
      await expect.poll(async () => (await server.tell()).stacks[String(stack)]?.state, soon).toBe('open');
      expect(await ask(stack, 'before')).toMatch(/^(?!error)/);
      return stack;
    };
    const claimed = await buyAndUse();
    await server.tell({ ask: 'settleUsed' });
    await expect.poll(async () => (await fleet.events('StackTrySettleEvent')).length, soon).toBe(1);
    const settled = await buyAndUse();
    await fleet.chainUp(false);
    fleet.market.nextEpoch(2);
    await server.tell({ ask: 'settleUsed' });
    const { stack: unknown } = await fleet.buy();
    for (let seconds = 0; seconds <= 60; seconds += 5) {
      await server.tell({ clockOffsetMs: seconds * 1_000 });
      expect(await ask(unknown, 'unknown')).toBe('error chain_unavailable');
      expect((await server.tell()).ready).toBe(true);
    }
    expect(await ask(settled, 'while it settles')).toBe('error stack_settling');
    expect((await server.tell()).outbox).toContain(`settle ${settled} intent`);
    await fleet.chainUp(true);
    await expect.poll(async () => (await fleet.events('StackTrySettleEvent')).length, soon).toBe(2);
    const claims = async () =>
      (await fleet.events('StackSettlementTicketClaimedEvent')).map(({ data }) => data.stackSmallId);
    await expect.poll(claims, soon).toEqual([claimed]);
    expect(await ask(unknown, 'known now')).toMatch(/^(?!error)/);
    fleet.market.nextEpoch(2);
    await expect.poll(claims, soon).toEqual([claimed, settled]);
    await expect
      .poll(async () => (await server.tell()).outbox.filter((row) => !row.endsWith('confirmed')), soon)
      .toEqual([]);
    expect(await server.tell()).toMatchObject({ alarms: [], breaches: [], openRows: 0 });
    await fleet.close();
  },
  PATIENCE_MS,
);
