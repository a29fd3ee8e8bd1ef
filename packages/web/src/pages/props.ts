import type { openMarket } from '../market.ts';
import type { Site } from '../site.ts';

/** What every page is given: the market's reads, and the market. */
export interface PageProps {
  readonly site: Site;
  readonly reads: typeof import('../market.ts');
  readonly atoma: ReturnType<typeof openMarket>;
}
