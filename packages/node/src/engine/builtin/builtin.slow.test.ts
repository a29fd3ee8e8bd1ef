import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { profileCounters, textPieces } from '@atoma/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import heldOut from '../../../../../models/held-out.json' with { type: 'json' };
import { chatRequest, collect, engineContract, textOf } from '../../testing/engine-contract.ts';
import { createLettersEngine, startLettersProcess } from '../../testing/letters-engine.ts';
import { generateText } from '../../testing/letters-text.ts';
import type { EngineEvent, EngineRequest } from '../types.ts';
import { answerText } from './demo-answer.ts';
import { embedText } from './embedding.ts';
import { createBuiltinEngine } from './engine.ts';
import { startEngineProcess } from './fresh.ts';
import { integerRoot } from './integers.ts';

const engine = createBuiltinEngine();
const chat = 'atoma/demo-chat';

engineContract('builtin in a process of its own', chat, startEngineProcess);
engineContract('builtin', chat, async () => createBuiltinEngine({ unitsPerSecond: 100_000 }));
engineContract('letters', chat, async () => createLettersEngine({ lettersPerSecond: 100_000 }));

const ask = (text: string, seed = 0): string =>
  answerText({ turns: [{ role: 'user', text }], seed, choice: 0, greedy: true });

test('an engine in a process of its own gives the same, and says so when its process has ended', async () => {
  const own = await startEngineProcess();
  const request = chatRequest(chat, 'what is a receipt?', { n: 2 });
  expect(await collect(own, request)).toEqual(await collect(engine, request));
  const embed = chatRequest('atoma/demo-embed', '', { body: { input: ['a', 'b'] }, endpoint: '/v1/embeddings' });
  expect(await collect(own, embed)).toEqual(await collect(engine, embed));
  await expect(own.measure(chatRequest(chat, 'x', { body: { logprobs: true } }))).rejects.toMatchObject({
    code: 'ENGINE_UNSUPPORTED',
  });
  await own.close();
  await expect(own.measure(request)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  await expect(collect(own, request)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
});

test('the letters engine of tests gives the same in a process of its own', async () => {
  const own = await startLettersProcess();
  const request = chatRequest(chat, 'what is a receipt?', { n: 2 });
  expect(await collect(own, request)).toEqual(await collect(createLettersEngine(), request));
  await own.close();
});

test('golden outputs: the profiles have not changed', () => {
  const letters = Array.from({ length: 50 }, (_, seed) =>
    generateText({
      prompt: seed % 2 === 0 ? 'ping' : 'xyz',
      seed,
      choice: seed % 3,
      max: 300,
      greedy: false,
      stop: [],
    }),
  );
  const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  expect(hash(letters)).toBe('1e76fca2d6a5b22e17763a4ed3799483fa293a8e5042b8d66e359786653f57ed');
  expect(hash(embedText('golden output'))).toBe('58a074dd5b351a920808548ee555eb3314b69c021c85c6b874046d4b515b8651');
  const answers = heldOut.map(({ prompt }, seed) =>
    answerText({ turns: [{ role: 'user', text: prompt }], seed, choice: seed % 3, greedy: false }),
  );
  expect(hash(answers)).toBe('65eb311a58ab63bb968d034e891eb2f0d497c04df639d3fe78e5e9985c96f904');
});

test('golden integers: the work of a request is told by the same numbers, and by none where nobody asked', async () => {
  const told = async (request: EngineRequest): Promise<readonly number[] | undefined> => {
    for await (const event of engine.run(request, { maxPerChoice: 100, cut: null }, new AbortController().signal))
      if (event.type === 'accepted') return event.integers;
    return undefined;
  };
  const steps = { challenge: '00'.repeat(32) };
  const chatted = { ...chatRequest(chat, 'what is a receipt?', { n: 2, seed: 3 }), steps };
  const embedding = chatRequest('atoma/demo-embed', '', { body: { input: ['a', 'b'] }, endpoint: '/v1/embeddings' });
  const integers = [await told(chatted), await told({ ...embedding, steps })];
  expect(integers.map((each) => each?.length)).toEqual([256 + 2, 512 + 1]);
  expect(createHash('sha256').update(JSON.stringify(integers)).digest('hex')).toBe(
    '182f20c2f546743bcb4f5d2d367a1301886b0c8c0f37bf0b72399ba4c71005eb',
  );
  expect(await told({ ...chatted, seed: 4 })).not.toEqual(integers[0]);
  expect(await told(chatRequest(chat, 'what is a receipt?'))).toBeUndefined();
});

test('the profile uses whole numbers and ASCII only', () => {
  const banned =
    /Math\.(random|sqrt|pow|exp|log|sin|cos|fround)|\bDate\b|toLocale|localeCompare|toLowerCase|toUpperCase|normalize\(|\\p\{|\bIntl\b|[^\w$]\d+\.\d/;
  const files = readdirSync(import.meta.dirname).filter((file) => !file.includes('.test.') && file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(10);
  for (const file of files.filter((each) => each !== 'engine.ts')) {
    const code = readFileSync(`${import.meta.dirname}/${file}`, 'utf8').replace(
      /\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$|'[^'\n]*'/gm,
      '',
    );
    expect([file, banned.exec(code)?.[0]]).toEqual([file, undefined]);
  }
});

test('it answers the questions kept apart from the training of the shipped models', () => {
  const right = heldOut.filter(({ prompt, keys }, seed) => keys.every((key) => ask(prompt, seed).includes(key)));
  expect(right).toHaveLength(heldOut.length);
});

test.each([
  ['2+2', '2 + 2 = 4.'],
  ['What is 12.5% of 80?', '12.5 / 100 * 80 = 10.'],
  ['What is (3+4)*2^10/7?', '(3 + 4) * 2 ^ 10 / 7 = 1024.'],
  ['compute 1/3', '1 / 3 = 1/3, about 0.333333333333.'],
  ['what is 0.1 + 0.2', '0.1 + 0.2 = 0.3.'],
  ['What is seven times eight?', '7 * 8 = 56.'],
  ['999999999999*999999999999', '999999999999 * 999999999999 = 999999999998000000000001.'],
  ['2^3^2', '2 ^ 3 ^ 2 = 512.'],
  ['-5 - -3', '-5 - -3 = -2.'],
  ["what's 1,000 divided by 8?", '1,000 / 8 = 125.'],
  ['What is the square root of 144?', 'The square root of 144 is 12.'],
  ['17 mod 5', '17 mod 5 = 2.'],
  ['ping', 'pong'],
  ['Reply with exactly: OK', 'OK'],
  ['Say "this is a test"', 'this is a test'],
  ['Count from 3 down to 1', '3, 2, 1'],
  ['list the days', '1. Monday\n2. Tuesday\n3. Wednesday\n4. Thursday\n5. Friday\n6. Saturday\n7. Sunday'],
])('%s', (question, answer) => {
  expect(ask(question)).toBe(answer);
});

test('sums agree with whole numbers of any size', () => {
  const number = fc.bigInt({ min: 0n, max: 10n ** 30n });
  fc.assert(
    fc.property(number, number, number, (a, b, c) => {
      expect(ask(`What is ${a} + ${b} * ${c}?`)).toBe(`${a} + ${b} * ${c} = ${a + b * c}.`);
      expect(ask(`(${a} - ${b}) * ${c}`)).toBe(`(${a} - ${b}) * ${c} = ${(a - b) * c}.`);
    }),
  );
});

test('a division by zero, a power without end and a date are no sums', () => {
  for (const text of ['1/0', '9^9^9', 'What happened on 2024-01-02?', '(((((1', '0 ^ -1'])
    expect(ask(text)).not.toMatch(/=/);
});

test('a conversation is remembered, and goes on', () => {
  const turns = [
    { role: 'user', text: 'My name is Ada.' },
    { role: 'assistant', text: 'Nice to meet you, Ada.' },
    { role: 'user', text: 'what is a dispute?' },
  ];
  const say = (text: string) =>
    answerText({ turns: [...turns, { role: 'user', text }], seed: 0, choice: 0, greedy: true });
  expect(say('What is my name?')).toBe('Your name is Ada.');
  expect(ask('What is my name?')).toBe('You have not told me your name.');
  expect(say('tell me more')).not.toBe(ask('what is a dispute?'));
});

test('what it does not know it says', () => {
  expect(ask('What is the capital of France?')).toMatch(/^I do not know that: I am the demo model/);
  expect(ask('')).toMatch(/^You sent me an empty message/);
});

test('odd and long texts are answered, in time that does not grow with their square', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(ask(text)).not.toBe('');
    }),
  );
  for (const letter of ['(', '9', ' ', '-', 'hi ', '1,', 'a: ', 'with a and ', '1 + ', '"', 'A ', 'count 1 '])
    expect(ask(letter.repeat(100_000))).not.toBe('');
});

test('a unit is a piece: prompts and answers cost what both sides count', async () => {
  expect(textPieces('Units of 12345 tokens, internationalisation…\n')).toEqual([
    'Units',
    ' of',
    ' 123',
    '45',
    ' tokens',
    ',',
    ' internationa',
    'lisation',
    '…',
    '\n',
  ]);
  expect(await engine.measure(chatRequest(chat, 'ping'))).toEqual({ prompt: 3n, exact: true });
  const events = await collect(engine, chatRequest(chat, 'what is a stack?'));
  const completion = profileCounters['atoma-int/2']?.completion('', [textOf(events)]);
  expect(events.at(-1)).toEqual({ type: 'usage', prompt: 7n, completion });
  expect(events.filter((event) => event.type === 'delta')).toHaveLength(Number(completion));
});

test('a text is its pieces, and its first pieces are the pieces of what they spell', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(60), (text, cut) => {
      const pieces = textPieces(text);
      expect(pieces.join('')).toBe(text);
      expect(textPieces(pieces.slice(0, cut).join(''))).toEqual(pieces.slice(0, cut));
    }),
  );
});

const limit = (cut: readonly number[]) => ({ maxPerChoice: 400, cut });

test('a cut row is reproduced exactly from its units per choice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(fc.nat(60), { minLength: 1, maxLength: 3 }), async (seed, cut) => {
      const request = chatRequest(chat, 'explain stacks', { seed, n: cut.length });
      const whole = await collect(engine, request);
      const shorter = await collect(engine, request, limit(cut));
      for (const [choice, units] of cut.entries())
        expect(textOf(shorter, choice)).toBe(textPieces(textOf(whole, choice)).slice(0, units).join(''));
    }),
    { numRuns: 40 },
  );
});

test('stop texts end an answer and are left out, temperature 0 says it one way', async () => {
  const free = textOf(await collect(engine, chatRequest(chat, 'what is a stack?')));
  const events = await collect(engine, chatRequest(chat, 'what is a stack?', { body: { stop: free.slice(20, 26) } }));
  expect(textOf(events)).toBe(free.slice(0, free.indexOf(free.slice(20, 26))));
  const said = async (temperature: number) => {
    const seeds = Array.from({ length: 9 }, (_, seed) => chatRequest(chat, 'hello', { seed, body: { temperature } }));
    return new Set((await Promise.all(seeds.map((request) => collect(engine, request)))).map((each) => textOf(each)));
  };
  expect((await said(0)).size).toBe(1);
  expect((await said(1)).size).toBeGreaterThan(1);
});

test('every prompt of a completion has its own choices', async () => {
  const events = await collect(engine, {
    ...chatRequest(chat, ''),
    endpoint: '/v1/completions',
    body: { model: chat, prompt: ['1+1', '2+2'] },
    n: 4,
  });
  expect([0, 1, 2, 3].map((choice) => textOf(events, choice))).toEqual([
    '1 + 1 = 2.',
    '1 + 1 = 2.',
    '2 + 2 = 4.',
    '2 + 2 = 4.',
  ]);
});

const tool = (name: string, description: string, parameters?: object) => ({
  type: 'function',
  function: { name, description, ...(parameters ? { parameters } : {}) },
});
const weather = tool('get_weather', 'Weather of a city', {
  type: 'object',
  properties: {
    city: { type: 'string' },
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    days: { type: 'integer', minimum: 1, maximum: 14 },
  },
  required: ['city'],
  additionalProperties: false,
});
const add = tool('add', 'Sum of two numbers', {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
});

const callOf = (events: readonly EngineEvent[]): unknown => {
  const call = events.find((event) => event.type === 'delta');
  return call?.type === 'delta' && call.tool
    ? [call.tool.name, JSON.parse(call.tool.arguments as string)]
    : textOf(events);
};
const called = async (content: string, body: EngineRequest['body']): Promise<unknown> =>
  callOf(await collect(engine, chatRequest(chat, content, { body })));

test('a tool is called where it fits or where it must be, with what the question says', async () => {
  const tools = [weather, add];
  expect(await called('What is the weather in Oslo?', { tools })).toEqual(['get_weather', { city: 'Oslo' }]);
  expect(await called('Weather for New York in fahrenheit, days: 3', { tools })).toEqual([
    'get_weather',
    { city: 'New York', unit: 'fahrenheit', days: 3 },
  ]);
  expect(await called('Use the tool: add 17.5 and -4', { tools })).toEqual(['add', { a: 17.5, b: -4 }]);
  expect(await called('what is a stack?', { tools })).toMatch(/^A stack is/);
  expect(await called('What is the weather in Oslo?', { tools, tool_choice: 'none' })).toMatch(/^I do not know/);
  expect(await called('Rome', { tools, tool_choice: 'required' })).toEqual(['get_weather', { city: 'Rome' }]);
  const named = { type: 'function', function: { name: 'add' } };
  expect(await called('3 4', { tools, tool_choice: named })).toEqual(['add', { a: 3, b: 4 }]);
  expect(await called('t', { tools: [tool('f', '')], tool_choice: 'required' })).toEqual(['f', {}]);
  const messages = [
    { role: 'user', content: 'What is the weather in Oslo?' },
    { role: 'assistant', content: null, tool_calls: [] },
    { role: 'tool', content: '7 degrees' },
  ];
  expect(await called('', { tools, messages })).toBe('The tool says: 7 degrees');
});

test('a call that does not fit is said, not broken off', async () => {
  const body = { tools: [weather], tool_choice: 'required' };
  const events = await collect(engine, chatRequest(chat, 'Rome', { body }), { maxPerChoice: 5, cut: null });
  expect(textOf(events)).toBe('The call of get_');
  expect(events).toContainEqual({ type: 'finish', choice: 0, reason: 'length' });
});

const filled = async (content: string, schema: unknown): Promise<unknown> => {
  const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
  return JSON.parse(textOf(await collect(engine, chatRequest(chat, content, { body: { response_format } }))));
};

const ajv = new Ajv2020({ strict: false, formats: { date: true, email: true, uri: true, uuid: true } });

test('a schema is filled with what the question says', async () => {
  const person = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer' }, city: { type: ['string', 'null'] } },
    required: ['name', 'age', 'city'],
    additionalProperties: false,
  };
  expect(await filled('Extract: Ada Lovelace is 36 and lives in London', person)).toEqual({
    name: 'Ada Lovelace',
    age: 36,
    city: 'London',
  });
  const solution = { type: 'object', properties: { answer: { type: 'number' } }, required: ['answer'] };
  expect(await filled('What is 12 * 12?', solution)).toEqual({ answer: 144 });
  const words = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };
  expect(await filled('What is a stack? In one sentence.', words)).toEqual({ answer: ask('what is a stack?') });
  const fruits = { type: 'object', properties: { fruits: { type: 'array', items: { type: 'string' } } } };
  expect(await filled('List 3 fruits', fruits)).toMatchObject({ fruits: { length: 3 } });
});

test.each<[string, unknown]>([
  [
    'bounds',
    {
      type: 'object',
      properties: {
        a: { type: 'integer', minimum: 7, multipleOf: 5 },
        b: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 },
      },
      required: ['a', 'b'],
    },
  ],
  ['lengths', { type: 'object', properties: { s: { type: 'string', minLength: 30, maxLength: 31 } }, required: ['s'] }],
  [
    'a pattern',
    {
      type: 'object',
      properties: { code: { type: 'string', pattern: '^[A-Z]{3}-\\d{2,4}(?:/(?:left|right))?$' } },
      required: ['code'],
    },
  ],
  [
    'references',
    {
      $defs: {
        n: {
          type: 'object',
          properties: { next: { anyOf: [{ $ref: '#/$defs/n' }, { type: 'null' }] }, v: { type: 'integer' } },
          required: ['v', 'next'],
          additionalProperties: false,
        },
      },
      $ref: '#/$defs/n',
    },
  ],
  [
    'conjunctions',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer', minimum: 3 } } },
        { properties: { a: { maximum: 4 } }, required: ['a'] },
      ],
    },
  ],
  ['different entries', { type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 3, uniqueItems: true }],
  ['different numbers', { type: 'array', items: { type: 'integer' }, minItems: 4, uniqueItems: true }],
  [
    'tuples',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }], items: false, minItems: 2, maxItems: 2 },
  ],
  ['members without names', { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 2 }],
  [
    'alternatives',
    {
      type: 'object',
      properties: {
        x: { oneOf: [{ type: 'object', properties: { kind: { const: 'a' } }, required: ['kind'] }, { type: 'null' }] },
      },
      required: ['x'],
    },
  ],
  ['anything', true],
])('%s of a schema hold', async (_, schema) => {
  const value = await filled('Tell me about Oslo, 12 and 3.', schema);
  expect([ajv.validate(schema as object, value), value, ajv.errorsText()]).toEqual([true, value, 'No errors']);
});

test('schemas at random hold', async () => {
  const leaf = fc.oneof(
    fc.record({
      type: fc.constant('integer'),
      minimum: fc.integer({ min: -50, max: 0 }),
      maximum: fc.integer({ min: 1, max: 50 }),
    }),
    fc.record({ type: fc.constant('string'), minLength: fc.nat(5), maxLength: fc.integer({ min: 5, max: 12 }) }),
    fc.record({ enum: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }) }),
    fc.constantFrom({ type: 'boolean' }, { type: 'null' }, { type: ['string', 'null'] }, { const: { a: 1 } }, {}),
  );
  const { schema } = fc.letrec<{ schema: object }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({
        type: fc.constant('array'),
        items: tie('schema'),
        minItems: fc.nat(2),
        maxItems: fc.integer({ min: 2, max: 4 }),
      }),
      fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
      fc
        .dictionary(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }), tie('schema'), { maxKeys: 4 })
        .map((properties) => ({
          type: 'object',
          properties,
          required: Object.keys(properties),
          additionalProperties: false,
        })),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(schema, async (each) => {
      const value = await filled('List 3 fruits for Ada, 7 or 9, not "now".', each);
      expect([ajv.validate(each, value), value]).toEqual([true, value]);
    }),
  );
});

test('JSON without a schema has the members that are asked for', async () => {
  const said = async (content: string) =>
    JSON.parse(
      textOf(await collect(engine, chatRequest(chat, content, { body: { response_format: { type: 'json_object' } } }))),
    );
  expect(await said('Return JSON with the keys name and age: name: Ada, age: 36')).toEqual({ name: 'Ada', age: 36 });
  expect(await said('What is a stack? In one sentence, as JSON.')).toEqual({ answer: ask('what is a stack?') });
});

test('what cannot be followed is refused before anything is spent', async () => {
  const schema = (value: object) => ({ response_format: { type: 'json_schema', json_schema: { schema: value } } });
  const endless = { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' };
  const wide = {
    $defs: { a: { type: 'array', minItems: 99, items: { type: 'array', minItems: 99, items: {} } } },
    $ref: '#/$defs/a',
  };
  for (const body of [
    { logprobs: true },
    { logit_bias: {} },
    schema({ not: {} }),
    schema({ type: 'string', pattern: '(?=a)b' }),
    schema({ type: 'string', pattern: 'x{90000}' }),
    schema({ type: 'integer', minimum: 3, maximum: 2 }),
    schema({ enum: [] }),
    schema({ $ref: 'https://example.com/schema' }),
    schema(endless),
    schema(wide),
    { tools: [weather], tool_choice: { type: 'function', function: { name: 'other' } } },
    { tool_choice: 'maybe' },
    { response_format: { type: 'xml' } },
  ])
    await expect(engine.measure(chatRequest(chat, 'x', { body })), JSON.stringify(body)).rejects.toMatchObject({
      code: 'ENGINE_UNSUPPORTED',
    });
});

test('a hostile schema is refused, or filled without being run: it costs no time and no memory', async () => {
  const schema = (value: object) => ({ response_format: { type: 'json_schema', json_schema: { schema: value } } });
  const asked = (value: object, text = 'x') => chatRequest(chat, text, { body: schema(value) });
  const list = (minItems: number, items: object) => ({ type: 'array', minItems, items });
  const options = Array.from({ length: 4_000 }, (_, i) => `option ${i}`);
  const names = Array.from({ length: 14 }, (_, i) => i);
  const conjunctions = names.map((i) => [`d${i + 1}`, { allOf: Array(5).fill({ $ref: `#/$defs/d${i}` }) }]);
  for (const [name, each] of Object.entries({
    'conjunctions of conjunctions': { $defs: { d0: {}, ...Object.fromEntries(conjunctions) }, $ref: '#/$defs/d14' },
    'many conjunctions': { allOf: options.map((option) => ({ properties: { [option]: {} } })) },
    'long texts in a long list': list(3_000, { type: 'string', minLength: 65_536 }),
    'a long constant in a long list': list(4_000, { const: 'x'.repeat(300_000) }),
    'different entries out of many': { ...list(4_000, { enum: options }), uniqueItems: true },
    'many options, many times': list(4_000, { enum: options }),
    'a pattern of long repetitions': { type: 'string', pattern: 'a{4096}'.repeat(20_000) },
  }))
    await expect(engine.measure(asked(each)), name).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' });
  const emptied = { type: 'string', pattern: `^b${'('.repeat(9)}${'){999999}'.repeat(9)}$` };
  expect(JSON.parse(textOf(await collect(engine, asked(emptied))))).toBe('b');
  const member = 'ab '.repeat(200_000);
  const long = { type: 'object', properties: { [member]: { type: 'number' } } };
  expect(await engine.measure(asked(long))).toMatchObject({ exact: true });
});

test('embeddings are about one long, exact in float32, and near for near texts', async () => {
  const request = (input: unknown): EngineRequest => ({
    ...chatRequest('atoma/demo-embed', ''),
    endpoint: '/v1/embeddings',
    body: { model: 'atoma/demo-embed', input },
  });
  const events = await collect(
    engine,
    request(['a receipt for every answer', 'a receipt for each answer', 'the weather today']),
  );
  const vectors = events.flatMap((event) => (event.type === 'vector' ? [event.values] : []));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const [a, b, c] = vectors as [number[], number[], number[]];
  for (const vector of vectors) {
    expect(Math.abs(dot(vector, vector) - 1)).toBeLessThan(0.01);
    expect(vector.map(Math.fround)).toEqual(vector);
  }
  expect(dot(a, b)).toBeGreaterThan(dot(a, c));
});

test('integer roots are exact', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), (value) => {
      const root = integerRoot(value);
      expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true);
    }),
  );
});
