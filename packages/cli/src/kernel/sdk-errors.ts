/** What the SDK says about errors and ids. Loaded late; a module of its own, so that only this part of the SDK comes with it. */
export { errorClass, publicId, toAtomaError } from '@atoma/sdk';
