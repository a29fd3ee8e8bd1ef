/** What commands do to an open ledger. Loaded late; a module of its own, so that only this part comes with it. */
export { closeLedger, fundAddress } from '@atoma/localnet';
