/** Name and version this server reports in `GetServiceInfo`. */
export const SERVER_NAME = 'atoma-localnet/0.1.0';

/** Items of a page when the caller names no size; the SDK's own default. */
export const DEFAULT_PAGE_SIZE = 50;

/** Most items of a page, as Sui's full nodes serve. */
export const MAX_PAGE_SIZE = 1000;

/** Most items of one filtered list call. */
export const MAX_LIST_ITEMS = 1000;

/** Transactions, events or checkpoints one list call looks at before it ends with SCAN_LIMIT. */
export const MAX_SCANNED_ROWS = 20_000;

/** Transactions or events read from the store at once while scanning. */
export const SCAN_CHUNK = 100;

/** How often, in ms, a waiting subscription looks for commits of other processes. */
export const POLL_INTERVAL_MS = 25;

/** Gas units added to an estimated budget, times the gas price (GAS_SAFE_OVERHEAD of Sui's nodes and SDK). */
export const GAS_SAFE_OVERHEAD = 1000n;

/** Bytes charged for reading one gas coin beyond the first (GAS_COIN_SIZE_BYTES of Sui's nodes). */
export const GAS_COIN_BYTES = 40n;

/** MIST of storage a simulation without payment charges for its mock gas coin: 130 bytes at 7,600 MIST. */
export const MOCK_COIN_STORAGE = 988_000n;
