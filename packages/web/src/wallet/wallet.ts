/** A wallet of the wallet standard for an embedded ledger: a dApp finds it as it finds any other. */
import { SuiGrpcClient } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { fromBase64, toBase64 } from '@mysten/sui/utils';
import {
  type IdentifierString,
  type StandardConnectFeature,
  type StandardDisconnectFeature,
  type StandardEventsFeature,
  SUI_LOCALNET_CHAIN,
  type SuiSignAndExecuteTransactionFeature,
  type SuiSignPersonalMessageFeature,
  type SuiSignTransactionFeature,
  type Wallet,
  type WalletAccount,
} from '@mysten/wallet-standard';
import { Refused, send } from '../ask.ts';

/** Below it an account asks the faucet when it is connected, MIST: 1 SUI. */
const LEAST_BALANCE = 1_000_000_000n;

const ICON =
  `data:image/svg+xml;base64,${btoa('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#2456c4"/><path d="M9 23 16 8l7 15M12 18h8" stroke="#fff" stroke-width="3" fill="none"/></svg>')}` as const;

const NAME = 'Atoma dev wallet';

/** The page that asks. */
const asker = (): string => globalThis.location?.host ?? 'A program';

/** What a wallet is made of. */
export interface WalletParts {
  /** Base URL of the ledger: RPC and faucet. */
  readonly ledger: string;
  readonly keys: readonly Ed25519Keypair[];
  /** Asks the owner; throws where the answer is no. */
  readonly approve: (what: string, detail: string) => Promise<void>;
}

const FEATURES = ['sui:signPersonalMessage', 'sui:signTransaction', 'sui:signAndExecuteTransaction'] as const;

const accountOf = (key: Ed25519Keypair): WalletAccount => ({
  address: key.toSuiAddress(),
  publicKey: key.getPublicKey().toRawBytes(),
  chains: [SUI_LOCALNET_CHAIN],
  features: FEATURES,
});

/** Gives an account money of the faucet when it has next to none. */
const fill = async (client: SuiGrpcClient, ledger: string, owner: string): Promise<void> => {
  const { balance } = await client.core.getBalance({ owner });
  if (BigInt(balance.balance) >= LEAST_BALANCE) return;
  await send({ url: `${ledger}/v2/gas`, method: 'POST', body: { FixedAmountRequest: { recipient: owner } } });
};

/** One line a command, as a person reads it. */
const commandsOf = (transaction: Transaction): string =>
  transaction
    .getData()
    .commands.map(({ MoveCall: call, $kind }, i) =>
      call ? `${i + 1}. ${call.package}::${call.module}::${call.function}` : `${i + 1}. ${$kind}`,
    )
    .join('\n');

const signers = ({ ledger, keys, approve }: WalletParts, client: SuiGrpcClient) => {
  const keyOf = ({ address }: WalletAccount): Ed25519Keypair => {
    const key = keys.find((each) => each.toSuiAddress() === address);
    if (!key) throw new Refused(`${NAME} has no account ${address}.`);
    return key;
  };
  const assertLocal = (chain: IdentifierString | undefined): void => {
    if (chain !== undefined && chain !== SUI_LOCALNET_CHAIN)
      throw new Refused(`${NAME} signs for ${SUI_LOCALNET_CHAIN} (${ledger}) alone, not for ${chain}.`);
  };
  const sign: SuiSignTransactionFeature['sui:signTransaction']['signTransaction'] = async (input) => {
    input.signal?.throwIfAborted();
    assertLocal(input.chain);
    const key = keyOf(input.account);
    const transaction = Transaction.from(await input.transaction.toJSON());
    transaction.setSenderIfNotSet(key.toSuiAddress());
    const bytes = await transaction.build({ client });
    await approve(`${asker()} asks for a signature of ${key.toSuiAddress()}`, commandsOf(transaction));
    input.signal?.throwIfAborted();
    return key.signTransaction(bytes);
  };
  const execute: SuiSignAndExecuteTransactionFeature['sui:signAndExecuteTransaction']['signAndExecuteTransaction'] =
    async (input) => {
      const { bytes, signature } = await sign(input);
      const result = await client.core.executeTransaction({
        transaction: fromBase64(bytes),
        signatures: [signature],
        include: { effects: true },
      });
      const { digest, effects } = result.Transaction ?? result.FailedTransaction;
      return { digest, bytes, signature, effects: toBase64(effects.bcs ?? new Uint8Array()) };
    };
  const signMessage: SuiSignPersonalMessageFeature['sui:signPersonalMessage']['signPersonalMessage'] = async (
    input,
  ) => {
    assertLocal(input.chain);
    const key = keyOf(input.account);
    await approve(`${asker()} asks ${key.toSuiAddress()} to sign a message`, new TextDecoder().decode(input.message));
    return key.signPersonalMessage(input.message);
  };
  return { sign, execute, signMessage };
};

type Features = StandardConnectFeature &
  StandardDisconnectFeature &
  StandardEventsFeature &
  SuiSignPersonalMessageFeature &
  SuiSignTransactionFeature &
  SuiSignAndExecuteTransactionFeature;

/** Makes the wallet: accounts of `keys`, for {@link SUI_LOCALNET_CHAIN} alone. Its methods throw {@link Refused} for what it does not do. */
export const createWallet = (parts: WalletParts): Wallet & { readonly features: Features } => {
  const client = new SuiGrpcClient({ network: 'localnet', baseUrl: parts.ledger });
  const accounts = parts.keys.map(accountOf);
  const { sign, execute, signMessage } = signers(parts, client);
  return {
    version: '1.0.0',
    name: NAME,
    icon: ICON,
    chains: [SUI_LOCALNET_CHAIN],
    accounts,
    features: {
      'standard:connect': {
        version: '1.0.0',
        connect: async () => {
          await Promise.all(accounts.map(({ address }) => fill(client, parts.ledger, address)));
          return { accounts };
        },
      },
      'standard:disconnect': { version: '1.0.0', disconnect: async () => undefined },
      'standard:events': { version: '1.0.0', on: () => () => undefined }, // its accounts never change
      'sui:signPersonalMessage': { version: '1.1.0', signPersonalMessage: signMessage },
      'sui:signTransaction': { version: '2.0.0', signTransaction: sign },
      'sui:signAndExecuteTransaction': { version: '2.0.0', signAndExecuteTransaction: execute },
    },
  };
};
