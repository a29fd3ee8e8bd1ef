/** The Sui wallet's settings. Loaded late; a module of its own, so that only this part of the SDK comes with it. */
export { readSuiConfig } from '@atoma/sdk';
