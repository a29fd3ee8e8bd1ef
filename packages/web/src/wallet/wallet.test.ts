import { Transaction } from '@mysten/sui/transactions';
import { expect, test } from 'vitest';
import { keyNamed, keysOf } from './keys.ts';
import { createWallet } from './wallet.ts';

const script = (parameters: string): URL => new URL(`http://127.0.0.1:9000/assets/dev-wallet.js${parameters}`);
const addresses = (parameters: string): readonly string[] =>
  keysOf(script(parameters)).map((key) => key.toSuiAddress());

test('named accounts are the same every time, a nameless one is new every time', () => {
  expect(addresses('?account=alice&account=bob')).toEqual([
    keyNamed('alice').toSuiAddress(),
    keyNamed('bob').toSuiAddress(),
  ]);
  expect(addresses('?account=')).toHaveLength(1);
  expect(addresses('')).not.toEqual(addresses(''));
});

test('nothing is signed for another network, for an account of somebody else, or against the owner’s will', async () => {
  const asked: string[] = [];
  const { features, accounts } = createWallet({
    ledger: 'http://127.0.0.1:1',
    keys: [keyNamed('alice')],
    approve: async (what, detail) => {
      asked.push(`${what}: ${detail}`);
      throw new Error('refused');
    },
  });
  const [account] = accounts as [(typeof accounts)[number]];
  const stranger = { ...account, address: keyNamed('bob').toSuiAddress() };
  const transaction = new Transaction();
  const sign = features['sui:signTransaction'].signTransaction;
  const signMessage = features['sui:signPersonalMessage'].signPersonalMessage;
  await expect(sign({ transaction, account, chain: 'sui:mainnet' })).rejects.toThrow('not for sui:mainnet');
  await expect(sign({ transaction, account: stranger, chain: 'sui:localnet' })).rejects.toThrow('has no account');
  const message = new TextEncoder().encode('<b>hello</b>');
  await expect(signMessage({ message, account: stranger })).rejects.toThrow('has no account');
  await expect(signMessage({ message, account, chain: 'sui:testnet' })).rejects.toThrow('not for sui:testnet');
  expect(asked).toEqual([]);
  await expect(signMessage({ message, account })).rejects.toThrow('refused');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('<b>hello</b>');
});
