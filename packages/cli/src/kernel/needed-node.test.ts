import { expect, test } from 'vitest';
import { nodeTooOld } from './needed-node.ts';

test.each([
  ['22.13.0', false],
  ['24.1.0', false],
  ['100.0.0', false],
  ['22.12.9', true],
  ['20.20.2', true],
  ['9.99.0', true],
])('%s', (version, tooOld) => {
  const said = nodeTooOld(version);
  expect(said !== undefined).toBe(tooOld);
  if (tooOld) expect(said).toMatch(new RegExp(`^atoma needs Node 22\\.13 or newer and this is ${version}: .*\\.$`));
});
