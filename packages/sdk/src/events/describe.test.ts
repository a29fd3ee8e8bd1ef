import fc from 'fast-check';
import { expect, test } from 'vitest';
import { knownDeployments } from '../deployment/known.ts';
import type { Deployment } from '../deployment/record.ts';
import * as market from '../generated/bindings/atoma/events.ts';
import { decodeEvent, eventKinds, eventType } from './decode.ts';
import { describeEvent } from './describe.ts';

const deployment = knownDeployments.testnet as Deployment;
const sender = `0x${'5'.repeat(64)}`;
const zeros = new Uint8Array(512);

test('every kind decodes by its type on this deployment and is described in one line', () => {
  expect(eventKinds.length).toBeGreaterThan(35);
  for (const kind of eventKinds) {
    const event = decodeEvent(deployment, { eventType: eventType(deployment, kind), bcs: zeros, sender });
    expect(event).toMatchObject({ kind, sender });
    if (event) expect(describeEvent(event)).toMatch(/^[^\n]{8,}$/);
  }
});

test('events of other packages are not ours', () => {
  for (const type of [
    `${sender}::events::StackCreatedEvent`,
    '0x2::coin::CoinEvent',
    `${deployment.originalPackageId}::db::StackCreatedEvent`,
  ])
    expect(decodeEvent(deployment, { eventType: type, bcs: zeros, sender })).toBeNull();
});

test('an event of another layout is a fault, not nonsense', () => {
  const event = { eventType: eventType(deployment, 'StackCreatedEvent'), bcs: zeros.slice(0, 3), sender };
  expect(() => decodeEvent(deployment, event)).toThrowError(expect.objectContaining({ code: 'SDK_DECODE' }));
});

test('numbers of events are exact', () => {
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(u64, u64, (taskSmallId, epoch) => {
      const bcs = market.TaskDeprecatedEvent.serialize({ taskSmallId, epoch }).toBytes();
      const event = decodeEvent(deployment, { eventType: eventType(deployment, 'TaskDeprecatedEvent'), bcs, sender });
      expect(event?.data).toEqual({ taskSmallId, epoch });
    }),
  );
});
