export { blake2b256, loadFastBlake2b } from './blake2b.ts';
export {
  AtomaError,
  defineErrors,
  type ErrorDetails,
  type ErrorEntry,
  type ErrorFactory,
  isAtomaError,
} from './errors.ts';
export { fromHex, toHex } from './hex.ts';
