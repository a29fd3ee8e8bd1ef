/** What the SDK says about errors. Loaded late; a module of its own, so that only this part of the SDK comes with it. */
export { errorClass, toAtomaError } from '@atoma/sdk';
