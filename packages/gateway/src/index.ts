/**
 * The endpoint for a team.
 * @module @atoma/gateway
 */
export {
  type BookedRequest,
  type BookedRow,
  type BookedStack,
  type BooksCopy,
  copyBooks,
  decodeBooks,
  encodeBooks,
} from './admin/books-copy.ts';
export { createKeyAdmin, type KeyAdmin, type KeyRequest, type ShownKey } from './admin/key-admin.ts';
export { type Plain, plain } from './admin/plain.ts';
export { type GatewayStatus, statusOf } from './admin/status.ts';
export { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
export { gatewayError } from './gateway-errors.ts';
export { hashSecret, makeKey, parseKey, secretMatches } from './keys.ts';
export type { PaymentOptions, Payments } from './payments/types.ts';
export { type Reconciliation, reconcile, type StackCheck } from './reconcile.ts';
export { isAddress } from './serve/authorize.ts';
export { type OpenGatewayStoreParameters, openGatewayStore } from './store/sqlite.ts';
export type {
  AuditRow,
  BookRow,
  BookState,
  GatewayStore,
  KeyLimits,
  KeyRow,
  UsageLine,
  UsageSum,
} from './store/types.ts';
