import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeLedger, type Ledger, ledgerVm, openLedger } from '../../index.ts';
import type { RpcContext } from '../rpc-context.ts';
import { eventsMessage } from './event.ts';
import { jsonOfBcs } from './json.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger({ seed: 'json', clock: 'logical' });
});
afterAll(() => closeLedger(ledger));

const STRING = `0x${'1'.padStart(64, '0')}::string::String`;

test('a value that cannot be read has no JSON', () => {
  const vm = ledgerVm(ledger);
  expect(jsonOfBcs(vm, STRING, Uint8Array.of(2, 104, 105))).toEqual({
    json: { kind: { oneofKind: 'stringValue', stringValue: 'hi' } },
  });
  expect(jsonOfBcs(vm, STRING, Uint8Array.of(9, 104))).toEqual({});
});

test('an event that cannot be shown loses its JSON only', () => {
  const event = { packageId: '1'.padStart(64, '0'), module: 'm', sender: 'a'.padStart(64, '0'), type: STRING };
  const events = [Uint8Array.of(2, 104, 105), Uint8Array.of(9), Uint8Array.of(1, 104)].map((contents) => ({
    ...event,
    contents,
  }));
  const { events: shown } = eventsMessage({ vm: ledgerVm(ledger) } as RpcContext, events, null, 'all');
  expect(shown?.map((one) => one.json !== undefined)).toEqual([true, false, true]);
  expect(shown?.[1]?.contents?.value).toEqual(Uint8Array.of(9));
});
