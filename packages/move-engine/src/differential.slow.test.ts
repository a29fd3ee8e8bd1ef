import { test } from 'vitest';
import { compareWithMoveVm } from './testing/differential.ts';

test.each([6])('generated programs of seed %i do what they do in the Move VM', compareWithMoveVm);
