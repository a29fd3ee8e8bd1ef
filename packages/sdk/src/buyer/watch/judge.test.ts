import { expect, test } from 'vitest';
import { judgeSettlement, type SettlementView } from './judge.ts';

const view = (p: Partial<SettlementView>): SettlementView => ({
  claimed: 100n,
  known: 100n,
  open: 0n,
  rootMatches: true,
  complete: true,
  asked: false,
  leaves: 'unknown',
  isProvable: true,
  ...p,
});

test.each<[string, Partial<SettlementView>, string, string]>([
  ['equal units and root', {}, 'exact', 'accept'],
  ['equal units and root, a request still open', { open: 10n }, 'exact', 'accept'],
  ['less than known', { claimed: 99n, rootMatches: null }, 'underClaim', 'accept'],
  ['more than known and open together', { claimed: 111n, open: 10n, rootMatches: null }, 'overClaim', 'dispute'],
  ['the same without a complete journal', { claimed: 111n, open: 10n, complete: false }, 'incomplete', 'ask'],
  ['the same, asked in vain', { claimed: 111n, open: 10n, complete: false, asked: true }, 'unprovable', 'warn'],
  ['equal units, another root', { rootMatches: false }, 'incomplete', 'ask'],
  ['equal units, another root, asked', { rootMatches: false, asked: true }, 'wrongRoot', 'dispute'],
  [
    'the same, which no jury can be shown',
    { rootMatches: false, asked: true, isProvable: false },
    'unprovable',
    'warn',
  ],
  ['the same with an open request', { rootMatches: false, asked: true, open: 5n }, 'wrongRoot', 'dispute'],
  ['gaps', { rootMatches: null }, 'incomplete', 'ask'],
  [
    'gaps, and a leaf list that has all receipts',
    { rootMatches: null, asked: true, leaves: 'holds' },
    'reproduced',
    'accept',
  ],
  [
    'gaps, and a leaf list without a receipt',
    { rootMatches: null, asked: true, leaves: 'lacks' },
    'wrongRoot',
    'dispute',
  ],
  [
    'within the bound, and reproduced',
    { claimed: 105n, open: 10n, rootMatches: null, asked: true, leaves: 'holds' },
    'reproduced',
    'accept',
  ],
  [
    'within the bound, a receipt missing',
    { claimed: 105n, open: 10n, rootMatches: null, asked: true, leaves: 'lacks' },
    'wrongRoot',
    'dispute',
  ],
  ['gaps that stay', { rootMatches: null, asked: true }, 'unprovable', 'warn'],
  ['within the bound', { claimed: 105n, open: 10n, rootMatches: null }, 'incomplete', 'ask'],
  [
    'within the bound, asked in vain',
    { claimed: 105n, open: 10n, rootMatches: null, asked: true },
    'withinBound',
    'warn',
  ],
])('%s', (_, parts, finding, action) => {
  expect(judgeSettlement(view(parts))).toEqual({ finding, action });
});
