/** Who is let in: the key in any client's header, in its time, from its addresses, whatever a proxy's list says. */
import { expect, onTestFinished, test } from 'vitest';
import { createKeyAdmin, type KeyRequest } from '../admin/key-admin.ts';
import { openGatewayStore } from '../store/sqlite.ts';
import { createAuthorizer, isAddress } from './authorize.ts';

/** An authorizer and a key of these members. */
const desk = async (request: Partial<KeyRequest> = {}, proxies: readonly string[] = []) => {
  const store = openGatewayStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const clock = { ms: 1_000 };
  const admin = createKeyAdmin(store, { actor: 'test', now: () => clock.ms });
  const { text, key } = await admin.create({ tenant: 'team', ...request });
  const authorizer = createAuthorizer(store, () => clock.ms, proxies);
  const ask = async (headers: Record<string, string>, peer = '203.0.113.9'): Promise<string> => {
    const found = await authorizer.authorize((name) => headers[name], peer);
    return found.kind === 'ok' ? found.value.tenant : found.message;
  };
  return { store, clock, admin, text, id: key.id, authorizer, ask, bearer: { authorization: `Bearer ${text}` } };
};
const invalid = 'The API key is not valid';

test('a key is found in the header of each kind of client; what else a header holds is none', async () => {
  const { ask, text } = await desk();
  for (const headers of [
    { authorization: `Bearer ${text}` },
    { authorization: `  bearer   ${text} ` },
    { authorization: text },
    { 'x-api-key': text },
    { 'api-key': text },
    { authorization: 'Basic cHJveHk6cHJveHk=', 'x-api-key': text },
  ])
    expect([headers, await ask(headers)]).toEqual([headers, 'team']);
  for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: `${text}x` }, { cookie: text }])
    expect(await ask(headers as Record<string, string>)).toBe(invalid);
});

test('a secret of another key, or of none, is refused like a key that is not there', async () => {
  const { ask, id } = await desk();
  expect(await ask({ 'x-api-key': `atk_${id}_${'a'.repeat(43)}` })).toBe(invalid);
  expect(await ask({ 'x-api-key': `atk_${'0'.repeat(16)}_${'a'.repeat(43)}` })).toBe(invalid);
});

test('a key ends at its time, and when it is revoked', async () => {
  const { ask, clock, bearer, admin, id, authorizer } = await desk({ expires_ms: 2_000 });
  clock.ms = 1_999;
  expect(await ask(bearer)).toBe('team');
  clock.ms = 2_000;
  expect(await ask(bearer)).toBe('The API key has expired');
  await admin.revoke(id);
  authorizer.forget(id);
  expect(await ask(bearer)).toBe('The API key was revoked');
});

test('a key that names addresses is used from them alone', async () => {
  const { ask, bearer } = await desk({ addresses: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '2001:db9::1'] });
  for (const [address, from] of [
    ['10.255.0.1', true],
    ['192.0.2.7', true],
    ['::ffff:10.1.1.1', true],
    ['2001:db8:ffff::1', true],
    ['2001:db9::1', true],
    ['11.0.0.1', false],
    ['192.0.2.8', false],
    ['2001:db9::2', false],
    ['unknown', false],
  ] as const)
    expect([address, (await ask(bearer, address)) === 'team']).toEqual([address, from]);
});

test('the list of a proxy is believed as far as trusted proxies wrote it', async () => {
  const { authorizer } = await desk({}, ['10.0.0.0/8', '2001:db8::1']);
  const plain = (await desk()).authorizer;
  const of = (peer: string, forwarded?: string, which = authorizer) =>
    which.addressOf((name) => (name === 'x-forwarded-for' ? forwarded : undefined), peer);
  expect(of('10.0.0.1', '198.51.100.1, 203.0.113.5, 10.0.0.2')).toBe('203.0.113.5');
  expect(of('10.0.0.1', '198.51.100.1,::ffff:203.0.113.5')).toBe('203.0.113.5');
  expect(of('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9'); // nobody we trust says so
  expect(of('10.0.0.1', '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3');
  expect(of('2001:db8::1', '198.51.100.1')).toBe('198.51.100.1');
  expect(of('10.0.0.1')).toBe('10.0.0.1');
  expect([of('::ffff:203.0.113.9', '198.51.100.1', plain), of('', undefined, plain)]).toEqual(['203.0.113.9', '']);
});

test.each([
  ['10.0.0.1', true],
  ['10.0.0.0/8', true],
  ['10.0.0.0/32', true],
  ['10.0.0.0/33', false],
  ['2001:db8::/128', true],
  ['2001:db8::/129', false],
  ['10.0.0.0/', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0.0/x', false],
  ['10.0.0', false],
  ['', false],
])('%j is an address or a network: %s', (text, is) => {
  expect(isAddress(text)).toBe(is);
});
