/** The Sui wallet's reader. Loaded late; a module of its own, so that only this part of the SDK comes with it. */
export { openSuiWallet } from '@atoma/sdk';
