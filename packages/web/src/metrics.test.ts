import { expect, test } from 'vitest';
import { parseMetrics, quantile, rate, total } from './metrics.ts';

const look = (atMs: number, text: string) => ({ atMs, samples: parseMetrics(text) });

test('reads the exposition format: labels with escapes, comments and what is no line left out', () => {
  const text =
    '# HELP a What\n# TYPE a counter\na{model="x \\"y\\", z}",code="200"} 3\na 2\nb 1.5e3 1700000000\nnonsense\nc NaN\n';
  const { samples } = look(0, text);
  expect(samples.map(({ name, value }) => [name, value])).toEqual([
    ['a', 3],
    ['a', 2],
    ['b', 1500],
  ]);
  expect(samples[0]?.labels).toEqual({ model: 'x \\"y\\", z}', code: '200' });
  expect(total(look(0, text), 'a')).toBe(5);
});

test('a rate is growth a second; a counter that fell began anew', () => {
  expect(rate(look(0, 'a 10'), look(2_000, 'a 30'), 'a')).toBe(10);
  expect(rate(look(0, 'a 10'), look(2_000, 'a 4'), 'a')).toBe(2);
  expect(rate(look(5, 'a 10'), look(5, 'a 30'), 'a')).toBe(0);
});

test('a quantile follows histogram_quantile, of what was taken between two looks', () => {
  const before = look(0, 'h_bucket{le="1"} 10\nh_bucket{le="2"} 10\nh_bucket{le="+Inf"} 10');
  const after = look(1, 'h_bucket{le="1"} 12\nh_bucket{le="2"} 20\nh_bucket{le="+Inf"} 20');
  expect(quantile(before, after, 'h', 0.5)).toBeCloseTo(1 + 3 / 8, 10);
  expect(quantile(null, before, 'h', 0.5)).toBe(0.5);
  expect(quantile(before, before, 'h', 0.5)).toBeNull();
  expect(quantile(null, look(0, 'h_bucket{le="1"} 0\nh_bucket{le="+Inf"} 4'), 'h', 0.9)).toBe(1);
});
