import { expect, test } from 'vitest';
import * as localnet from './index.ts';

test('the public surface is what the package promises', () => {
  expect(Object.keys(localnet).sort()).toEqual([
    'advanceClock',
    'advanceEpoch',
    'advanceEpochIfDue',
    'allowGasless',
    'chainState',
    'changeCounter',
    'closeLedger',
    'createRpc',
    'decodeTransaction',
    'embeddedFetch',
    'embeddedTransport',
    'executeTransaction',
    'exportLedger',
    'fundAddress',
    'getCheckpoint',
    'getObject',
    'getPackage',
    'getTransaction',
    'importLedger',
    'ledgerError',
    'ledgerSize',
    'ledgerVm',
    'listBalances',
    'listChildren',
    'listEvents',
    'listObjectsOfType',
    'listOwnedObjects',
    'listPackageVersions',
    'listTransactions',
    'markStart',
    'objectBcs',
    'openLedger',
    'readFramework',
    'replayLedger',
    'resetLedger',
    'resetToStart',
    'restoreCheckpoint',
    'restoreCopy',
    'serveLedger',
    'simulateTransaction',
    'startAutoAdvance',
    'startOf',
    'stateDigest',
    'submitTransaction',
    'takeSnapshot',
    'treasuryAddress',
  ]);
});

test.each([
  [{ clock: 'sundial' }, 'The clock must be wall or logical, not sundial.'],
  [{ startTimeMs: -1 }, 'The start, in ms, must be a whole number from 0, not -1.'],
  [{ epochDurationMs: 0 }, 'The length of an epoch, in ms, must be a whole number from 1, not 0.'],
  [{ epochDurationMs: Number.NaN }, 'The length of an epoch, in ms, must be a whole number from 1, not NaN.'],
])('no chain is made of %j', async (options, message) => {
  const opening = localnet.openLedger(options as localnet.OpenOptions);
  await expect(opening).rejects.toMatchObject({ code: 'LEDGER_BAD_ARGUMENT', message });
});

test('a coin type that is none is refused by its text', async () => {
  const ledger = await localnet.openLedger({ seed: 'gasless', clock: 'logical' });
  expect(() => localnet.allowGasless(ledger, 'u8', 1n)).toThrow('A coin type must be the type of a struct, not "u8".');
  localnet.closeLedger(ledger);
});
