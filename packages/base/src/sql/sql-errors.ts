/** Errors of the SQL floor itself; those of a database are the caller's. */
import { defineErrors } from '../errors.ts';

/** Makes an error of the SQL floor. */
export const sqlError = defineErrors('SQL', {
  RUNTIME: {
    message: 'Node.js {version} has no SQLite',
    hint: 'Use Node.js 22.13 or newer.',
  },
});
