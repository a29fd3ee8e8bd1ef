/**
 * Keys in files: ours and the Sui tool's. Needs Node.
 * @module @atoma/sdk/wallet
 */
export { createKeyFile, describeKeyFile, importKeyFile, readKeyFile } from './key-file.ts';
export { describeSigner, exportSecret, type KeyInfo, type KeyScheme, signerFromSecret } from './keys.ts';
export {
  defaultSuiDirectory,
  findSuiAccount,
  hasSuiAccount,
  openSuiWallet,
  readSuiConfig,
  type SuiAccount,
  type SuiConfig,
  type SuiEnvironment,
  type SuiWallet,
  suiAccountName,
  suiWalletSigner,
} from './sui-config.ts';
export {
  type AddSuiWalletKeyParameters,
  addSuiWalletEnv,
  addSuiWalletKey,
  type SetSuiWalletActiveParameters,
  setSuiWalletActive,
} from './sui-config-edit.ts';
