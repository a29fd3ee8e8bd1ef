/**
 * Paying, and being paid, request by request.
 * @module @atoma/sdk/payments
 */
export { type PaidAnswer, payFetch } from './pay.ts';
export {
  buildPayout,
  checkPayment,
  createPaymentScheme,
  findPayment,
  type OpenPayment,
  openPayment,
  type PayerOptions,
  type PaymentRequirements,
  type PaymentScheme,
  paymentNetwork,
  type SettledPayment,
  type SuiPayment,
  settlePayment,
  X402_VERSION,
} from './x402.ts';
