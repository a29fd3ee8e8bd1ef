import { test } from 'vitest';
import { rareCostsTheSame } from './driver/rare.ts';
import { costTheSame } from './driver/same-cost.ts';

test('purchase, settlement and claim cost the same with 10 and 5,000 subscribers within a tenth', () =>
  costTheSame(10, 5_000));

test('so do replacing a silent attester, joining a dispute, a second jury and an eviction', () =>
  rareCostsTheSame(40, 5_000));
