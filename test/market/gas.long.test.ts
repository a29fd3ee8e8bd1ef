import { test } from 'vitest';
import { costTheSame } from './driver/same-cost.ts';

test('purchase, settlement and claim cost the same with 10 and 5,000 subscribers within a tenth', () =>
  costTheSame(10, 5_000));
