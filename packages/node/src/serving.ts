/** Puts the serving side of a node together. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { ChainView } from './chain/view.ts';
import type { Channel } from './confidential/channel.ts';
import { defaultLimits, type Identity, type NodeContext, type ServeLimits } from './context.ts';
import type { EngineSet } from './engine/set.ts';
import { createApp, type Readiness } from './http/app.ts';
import type { FirstListener } from './http/listen.ts';
import { createWorkListener } from './http/work-listener.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Offer } from './serve/describe.ts';
import { createInquiryCheck, type Parties } from './serve/inquiry.ts';
import type { Problem } from './serve/problem.ts';
import { createStackDirectory } from './serve/stacks.ts';
import type { Store } from './store/types.ts';

/** What serving is made of. */
export interface ServingParameters {
  readonly identity: Identity;
  readonly store: Store;
  readonly engines: EngineSet;
  readonly chain: ChainView;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly limits?: Partial<ServeLimits>;
  readonly now?: () => number;
  /** Absent: stacks of level 2 are refused. */
  readonly confidential?: Channel;
  readonly notReady?: () => Problem | undefined;
  readonly parties?: (stack: bigint, signer: string) => Promise<Parties>;
  readonly offers?: () => readonly Offer[];
  readonly readiness?: () => Promise<Readiness>;
  readonly publicMetrics?: boolean;
}

/** The serving side. */
export interface Serving {
  readonly node: NodeContext;
  readonly app: Hono<{ Bindings: HttpBindings }>;
  /** Takes billable requests before {@link app} sees them. */
  readonly work: FirstListener;
}

const nobody: Parties = { buyer: null, attesters: [], jurors: [], challenger: null, audit: null };

/** Makes context and HTTP application. */
export const createServing = (p: ServingParameters): Serving => {
  const limits = { ...defaultLimits, ...p.limits };
  const { store, chain, identity } = p;
  const node: NodeContext = {
    identity,
    limits,
    store,
    engines: p.engines,
    stacks: createStackDirectory({ store, chain, node: identity.node, address: identity.signer.address, limits }),
    log: p.log,
    metrics: p.metrics,
    confidential: p.confidential ?? null,
    now: p.now ?? Date.now,
    relayed: new Map(),
    running: new Map(),
    notReady: p.notReady ?? (() => undefined),
  };
  const app = createApp({
    node,
    inquire: createInquiryCheck(node, p.parties ?? (async () => nobody)),
    offers: p.offers ?? (() => []),
    readiness: p.readiness ?? (async () => ({ ready: true, checks: {} })),
    publicMetrics: p.publicMetrics ?? false,
  });
  return { node, app, work: createWorkListener(node) };
};
