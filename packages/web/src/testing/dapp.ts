/** A dApp as its author writes it today: React, dapp-kit with its button, a client over gRPC. It knows nothing of this project. */
import { createDAppKit, DAppKitProvider, useCurrentAccount, useDAppKit } from '@mysten/dapp-kit-react';
import { ConnectButton } from '@mysten/dapp-kit-react/ui';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { coinWithBalance, Transaction } from '@mysten/sui/transactions';
import { verifyPersonalMessageSignature } from '@mysten/sui/verify';
import { createElement as h, type ReactElement, useState } from 'react';
import { createRoot } from 'react-dom/client';

const baseUrl = new URLSearchParams(location.search).get('ledger') ?? '';
const dAppKit = createDAppKit({
  networks: ['localnet', 'testnet'],
  defaultNetwork: 'localnet',
  createClient: (network) => new SuiGrpcClient({ network, baseUrl }),
  slushWalletConfig: null, // a wallet of the web: not without a network
});

declare module '@mysten/dapp-kit-react' {
  interface Register {
    dAppKit: typeof dAppKit;
  }
}

const receiver = `0x${'7'.repeat(64)}`;

const Actions = ({ address }: { readonly address: string }): ReactElement => {
  const kit = useDAppKit();
  const [said, say] = useState('ready');
  const run = (act: () => Promise<string>) => () => {
    act().then(say, (error: Error) => say(`failed: ${error.message}`));
  };
  const payment = (): Transaction => {
    const transaction = new Transaction();
    transaction.transferObjects([coinWithBalance({ balance: 123_456n })], receiver);
    return transaction;
  };
  const actions: Readonly<Record<string, () => Promise<string>>> = {
    Pay: async () => {
      const result = await kit.signAndExecuteTransaction({ transaction: payment() });
      if (result.$kind === 'FailedTransaction') return 'failed on the chain';
      const { digest } = result.Transaction;
      await kit.getClient().core.waitForTransaction({ digest });
      const { balance } = await kit.getClient().core.getBalance({ owner: receiver });
      return `paid ${balance.balance} in ${digest}`;
    },
    'Sign only': async () => {
      const { bytes, signature } = await kit.signTransaction({ transaction: payment() });
      const done = await kit.getClient().core.executeTransaction({
        transaction: Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)),
        signatures: [signature],
      });
      return `executed ${done.$kind}`;
    },
    'Sign a message': async () => {
      const message = new TextEncoder().encode('hello <b>wallet</b>');
      const { signature } = await kit.signPersonalMessage({ message });
      const key = await verifyPersonalMessageSignature(message, signature);
      return `message of ${key.toSuiAddress()}`;
    },
    Elsewhere: async () => (await kit.signTransaction({ transaction: payment(), network: 'testnet' })).signature,
  };
  return h(
    'section',
    null,
    h('p', { id: 'account' }, address),
    ...Object.entries(actions).map(([name, act]) =>
      h('button', { key: name, type: 'button', onClick: run(act) }, name),
    ),
    h('output', null, said),
  );
};

const App = (): ReactElement => {
  const account = useCurrentAccount();
  return h('main', null, h(ConnectButton), account && h(Actions, { address: account.address }));
};

createRoot(document.body.appendChild(document.createElement('div'))).render(h(DAppKitProvider, { dAppKit }, h(App)));
