import { defineErrors } from '@atoma/base';

/** Errors of serving a ledger over the network. */
export const serverError = defineErrors('SERVER', {
  PORT_IN_USE: {
    message: 'Port {port} on {host} is already in use.',
    hint: 'Stop the program that holds it, or choose another port.',
  },
  CANNOT_LISTEN: {
    message: 'Cannot listen on {host}:{port}: {reason}.',
    hint: 'Choose an address of this machine and a port you may use.',
  },
  BAD_JSON: {
    message: 'The request body is not JSON.',
    hint: 'Send a JSON object with content-type application/json.',
  },
  BAD_FIELD: { message: '{field} must be {expected}.', hint: 'Correct {field}.' },
  NO_SUCH_ROUTE: {
    message: 'There is no {method} {path}.',
    hint: 'See the list of admin routes in the documentation.',
  },
  FORBIDDEN: {
    message: 'The admin interface answers only programs on this machine.',
    hint: 'Call it over a loopback address, not from a web page.',
  },
});
