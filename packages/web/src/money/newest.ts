/** Transactions that moved money or changed the market, newest first. */
import type { PageProps } from '../pages/props.ts';

type Chain = Pick<PageProps, 'reads' | 'atoma'>;

interface Seen {
  readonly digest: string;
  readonly checkpoint: number;
}

/** Those with events of the market, or of the coin's faucet. */
async function* newestOf({ reads, atoma }: Chain, from: 'market' | 'toma'): AsyncGenerator<Seen> {
  for (let before: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof reads.listEvents>> = await reads.listEvents(atoma, {
      from,
      order: 'descending',
      ...(before === null ? {} : { before }),
    });
    for (const { digest, checkpoint } of page.events)
      yield { digest, checkpoint: Number(checkpoint ?? Number.MAX_SAFE_INTEGER) };
    if (!page.hasMore) return;
    before = page.cursor;
  }
}

/** Digests of the newest `most` of both together, oldest first, and whether there are more. */
export const newestDigests = async (
  chain: Chain,
  most: number,
): Promise<{ readonly digests: readonly string[]; readonly more: boolean }> => {
  const streams = [newestOf(chain, 'market'), newestOf(chain, 'toma')];
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  const digests = new Set<string>();
  const placeOf = (i: number): number => (heads[i]?.done === false ? heads[i].value.checkpoint : -1);
  for (;;) {
    const i = placeOf(0) >= placeOf(1) ? 0 : 1;
    const head = heads[i];
    if (head?.done !== false) return { digests: [...digests].reverse(), more: false };
    if (digests.size === most && !digests.has(head.value.digest))
      return { digests: [...digests].reverse(), more: true };
    digests.add(head.value.digest);
    heads[i] = await (streams[i] as (typeof streams)[number]).next();
  }
};
