/** The same SDK over a real socket, and against nothing at all. */
import { closeLedger, fundAddress, openLedger, serveLedger } from '@atoma/localnet';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import { faucet, getBalances, getEpoch, publishAtoma } from '../index.ts';
import { createAtoma } from './atoma.ts';
import { createClient } from './client.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

test('a served ledger is used as any network is', async () => {
  const ledger = await openLedger({ seed: 'served', clock: 'logical' });
  const server = await serveLedger(ledger, { port: 0 });
  const client = createClient({ network: 'localnet', url: server.url });
  const signer = Ed25519Keypair.generate();
  fundAddress(ledger, signer.toSuiAddress().slice(2), 10_000_000_000n);
  const { deployment } = await publishAtoma({ client, signer, network: 'localnet' });
  const atoma = createAtoma({ client, deployment, signer });
  expect(await faucet(atoma, { amount: 5 })).toMatchObject({ kind: 'executed', cost: { toma: 5n } });
  expect(await getBalances(atoma)).toMatchObject({ toma: 5n, owner: signer.toSuiAddress() });
  await server.close();
  await expect(getBalances(atoma)).rejects.toThrowError(code('NETWORK_UNREACHABLE'));
  closeLedger(ledger);
});

test('a network that does not answer is said to be unreachable', async () => {
  const client = createClient({ network: 'nowhere', url: 'http://127.0.0.1:1' });
  await expect(getEpoch(client)).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', retryable: true });
  expect(() => createClient({ network: 'moonnet' })).toThrowError(code('NETWORK_UNKNOWN_NETWORK'));
});
