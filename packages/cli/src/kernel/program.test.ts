import { expect, test } from 'vitest';
import { asTyped } from './program.ts';

const env = { ATOMA_PROGRAM: './dev/cli' };

test.each([
  ['run `atoma up` first', 'run `./dev/cli up` first'],
  ['  atoma up --json', '  ./dev/cli up --json'],
  ['Next: atoma quote', 'Next: ./dev/cli quote'],
  ['  \x1b[36matoma up\x1b[39m', '  \x1b[36m./dev/cli up\x1b[39m'],
  ['open stacks  0.1 TOMA  atoma db claim-funds', 'open stacks  0.1 TOMA  ./dev/cli db claim-funds'],
  ['upgraded; next: atoma db migrate', 'upgraded; next: ./dev/cli db migrate'],
  ['then \x1b[36matoma up\x1b[39m', 'then \x1b[36m./dev/cli up\x1b[39m'],
])('a command in %j is shown as it was typed', (text, shown) => {
  expect(asTyped(env, text)).toBe(shown);
  expect(asTyped({}, text)).toBe(text);
});

test.each(['the atoma market', 'models of atoma are', '  atoma    0.1.0', '`atoma/demo-chat`'])(
  '%j is no command',
  (text) => {
    expect(asTyped(env, text)).toBe(text);
  },
);
