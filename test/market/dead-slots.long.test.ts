import { test } from 'vitest';
import { serveTheSame } from './driver/dead-slots.ts';

test('1,200 nodes that came and went: every settlement has its attester, every dispute its jury, at the same cost', () =>
  serveTheSame(1_200));
