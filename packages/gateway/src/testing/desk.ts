/** A gateway in front of a rehearsal market, with clients of its keys, for tests. */
import { type BuyerParameters, openJournal } from '@atoma/sdk';
import OpenAI from 'openai';
import { pino } from 'pino';
import { createKeyAdmin, type KeyRequest } from '../admin/key-admin.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.ts';
import { openGatewayStore } from '../store/sqlite.ts';
import type { GatewayStore } from '../store/types.ts';
import type { Rehearsal } from './rehearsal.ts';

/** A gateway and who uses it. */
export interface Desk {
  readonly gateway: Gateway;
  readonly store: GatewayStore;
  readonly url: string;
  /** Makes a key; returns its text. */
  readonly key: (request?: Partial<KeyRequest>) => Promise<string>;
  readonly client: (key: string) => OpenAI;
  readonly post: (key: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  readonly close: () => Promise<void>;
}

/** Policy of buyers in rehearsals. */
export const rehearsalPolicy = {
  allowPrivateNodes: true,
  stackUnits: 400_000n,
  pauseMs: [5, 20] as const,
  attempts: 2,
  answerMs: 60_000,
};

/** Opens the desk. */
export const openDesk = async (
  market: Rehearsal,
  options: Partial<GatewayOptions> & { readonly buyerOptions?: Partial<BuyerParameters> } = {},
): Promise<Desk> => {
  const store = options.store ?? openGatewayStore({ path: ':memory:' });
  const { buyerOptions, ...rest } = options;
  const gateway = await startGateway({
    watchMs: 0,
    log: pino({ level: 'silent' }),
    commands: { program: './dev/cli', network: 'rehearsal' },
    ...rest,
    store,
    buyer: {
      atoma: buyerOptions?.atoma ?? (await market.wallet()),
      journal: buyerOptions?.journal ?? (await openJournal({ path: ':memory:' })),
      ...buyerOptions,
      policy: { ...rehearsalPolicy, ...buyerOptions?.policy },
    },
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  return {
    gateway,
    store,
    url,
    key: (request = {}) =>
      createKeyAdmin(store, { actor: 'test', now: Date.now })
        .create({ tenant: 'team', ...request })
        .then(({ text }) => text),
    client: (apiKey) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 }),
    post: (key, body, headers = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    close: async () => {
      await gateway.stop(200);
      await store.close();
    },
  };
};
