import { test } from 'vitest';
import { serveTheSame } from './driver/dead-slots.ts';
import { rareCostsTheSame } from './driver/rare.ts';

test('1,200 nodes that came and went: every settlement has its attester, every dispute its jury, at the same cost', () =>
  serveTheSame(1_200));

test('after 1,200 nodes that came and went, replacing a silent attester, joining a dispute, a second jury and an eviction cost the same', () =>
  rareCostsTheSame(40, 40, 1_200));
