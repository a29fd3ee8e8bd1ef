/** What every outbox must do, whatever it does about refusals: each transaction takes effect once. Call inside a test file. */

import { Transaction } from '@mysten/sui/transactions';
import { expect, test } from 'vitest';
import { type Atoma, requireSender, requireSigner } from '../context/atoma.ts';
import { networkError } from '../sdk-errors.ts';
import { openTestMarket, type TestMarket } from './market.ts';

/** Places at which a process may end, besides those of its own. */
const steps = ['built', 'submitted', 'executed', 'confirmed'] as const;

/** One of them. */
export type KillStep = (typeof steps)[number];

/** An outbox with one transaction in it. */
export interface OutboxUnderTest {
  /**
   * Takes the transaction as far as it goes, in what counts as a new process: `at` is called at each step, and what it throws ends the
   * process. Faults may be thrown or kept.
   */
  readonly send: (at: (step: KillStep) => void) => Promise<void>;
  /** How often it took effect. */
  readonly effects: () => Promise<number>;
  /** Whether the outbox has it as done. */
  readonly done: () => Promise<boolean>;
}

/** Runs the contract; `open` puts the transaction of a wallet into a fresh outbox. */
export const outboxContract = (name: string, open: (market: TestMarket, atoma: Atoma) => Promise<OutboxUnderTest>) => {
  const never = (): void => undefined;
  const killAt =
    (wanted: KillStep) =>
    (step: KillStep): void => {
      if (step === wanted) throw networkError('CANCELLED', {});
    };
  const withOutbox = (
    title: string,
    work: (outbox: OutboxUnderTest, market: TestMarket, atoma: Atoma) => Promise<void>,
  ): void =>
    test(`${name}: ${title}`, async () => {
      const market = await openTestMarket(title);
      const atoma = market.actor();
      await work(await open(market, atoma), market, atoma);
      market.close();
    });
  /** Ends the process at a step, by what is thrown there. */
  const die = async (outbox: OutboxUnderTest, step: KillStep): Promise<void> => {
    let reached = false;
    const at = killAt(step);
    await outbox
      .send((each) => {
        reached ||= each === step;
        at(each);
      })
      .catch(never);
    expect([step, reached]).toEqual([step, true]);
  };
  /** Processes until it is done: one that finds its bytes dead may leave the next attempt to another. */
  const finish = async (outbox: OutboxUnderTest): Promise<void> => {
    for (let tries = 0; tries < 3 && !(await outbox.done()); tries++) await outbox.send(never).catch(never);
    expect([await outbox.done(), await outbox.effects()]).toEqual([true, 1]);
  };

  for (const step of steps)
    withOutbox(`ended at ${step}, it takes effect once`, async (outbox) => {
      await die(outbox, step);
      await finish(outbox);
    });

  withOutbox('ended at every step in turn, it takes effect once', async (outbox) => {
    for (const step of steps.slice(0, 3)) await die(outbox, step).catch(never);
    await finish(outbox);
  });

  withOutbox('an answer that is lost is looked up, not sent for anew', async (outbox, _, atoma) => {
    const { client } = atoma;
    const execute = client.executeTransaction.bind(client);
    client.executeTransaction = async (options) => {
      client.executeTransaction = execute;
      await execute(options);
      throw Object.assign(new Error('the answer was lost'), { code: 'UNAVAILABLE' });
    };
    await outbox.send(never).catch(never);
    expect(await outbox.effects()).toBe(1);
    await finish(outbox);
  });

  withOutbox('what a server had a fault with may be on its way all the same', async (outbox, _, atoma) => {
    const { client } = atoma;
    const execute = client.executeTransaction.bind(client);
    let arrive = async (): Promise<unknown> => undefined;
    client.executeTransaction = async (options) => {
      client.executeTransaction = execute;
      arrive = () => execute(options);
      throw Object.assign(new Error('a validator did not answer'), { code: 'INTERNAL' });
    };
    await outbox.send(never).catch(never);
    await arrive();
    await finish(outbox);
  });

  withOutbox('signed bytes whose coins were used by another transaction are built anew', async (outbox, _, atoma) => {
    await die(outbox, 'built');
    const other = new Transaction();
    const sender = requireSender(atoma);
    other.setSender(sender);
    other.transferObjects([other.splitCoins(other.gas, [1n])[0]], sender);
    const bytes = await other.build({ client: atoma.client });
    const { signature } = await requireSigner(atoma).signTransaction(bytes);
    const { $kind } = await atoma.client.executeTransaction({ transaction: bytes, signatures: [signature] });
    expect($kind).toBe('Transaction');
    await finish(outbox);
  });

  withOutbox('signed bytes whose epoch is over are built anew', async (outbox, market) => {
    await die(outbox, 'built');
    market.nextEpoch(2);
    await finish(outbox);
  });
};
