/** The BIP-39 check and its word list, loaded late: a list of 2,048 words that only a mnemonic needs. */
export { validateMnemonic } from '@scure/bip39';
export { wordlist } from '@scure/bip39/wordlists/english.js';
