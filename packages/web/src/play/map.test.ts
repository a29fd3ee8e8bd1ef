import { expect, test } from 'vitest';
import { layOut, similarity } from './map.ts';

test('what differs most lies farthest apart, and the second direction is another one', () => {
  const points = layOut([
    [10, 0, 0],
    [-10, 0, 0],
    [0, 2, 0],
    [0, -2, 0],
  ]);
  expect(points.map(({ x }) => Math.abs(Math.round(x * 1e6) / 1e6))).toEqual([1, 1, 0, 0]);
  expect(points.map(({ y }) => Math.abs(Math.round(y * 1e6) / 1e6))).toEqual([0, 0, 1, 1]);
  expect((points[0]?.x ?? 0) * (points[1]?.x ?? 0)).toBeLessThan(0);
});

test('equal vectors, one vector and none make no noise', () => {
  expect(layOut([])).toEqual([]);
  for (const { x, y } of layOut([
    [1, 2],
    [1, 2],
  ]))
    expect([Math.abs(x), Math.abs(y)]).toEqual([0, 0]);
  expect(layOut([[3, 4]])).toHaveLength(1);
});

test('similarity is the cosine', () => {
  expect(similarity([1, 0], [0, 1])).toBe(0);
  expect(similarity([1, 1], [2, 2])).toBeCloseTo(1, 12);
  expect(similarity([0, 0], [1, 1])).toBe(0);
});
