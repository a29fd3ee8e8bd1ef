import { isAtomaError } from '@atoma/base';
import { expect, test } from 'vitest';
import { parseReceipts } from './file.ts';

test.each(['null', '5', '[]', '"x"', '{}', '{"receipt":"AAAA"}', '\nnull'])(
  'a line that is no receipt is refused by its number: %j',
  (text) => {
    const refused = (() => {
      try {
        return parseReceipts(text);
      } catch (error) {
        return error;
      }
    })();
    expect(isAtomaError(refused, 'BUYER_EXPORT') && refused.message).toContain('line 1');
  },
);
