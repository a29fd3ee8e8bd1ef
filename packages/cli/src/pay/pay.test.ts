import { expect, test } from 'vitest';
import { refusal } from '../testing/in-process.ts';
import { cleanMachine } from '../testing/process.ts';

test.each(['ftp://127.0.0.1/', '127.0.0.1:80', 'file:///etc/passwd'])('%s is no address to pay', async (url) => {
  expect(await refusal(cleanMachine(), `pay ${url}`)).toEqual(['CLI_BAD_VALUE', 2]);
});

test('a payment cannot be simulated', async () => {
  expect(await refusal(cleanMachine(), 'pay http://127.0.0.1:9/ --dry-run')).toEqual(['CLI_USAGE', 2]);
});
